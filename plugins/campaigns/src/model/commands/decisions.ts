import fc from 'fast-check'
import * as contract from '../../contract.ts'
import type { Model, ModelCampaign } from '../model.ts'
import { recipientsOf } from '../observation.ts'
import { mayAnswer, type Status } from '../turns.ts'
import type { World } from '../world.ts'
import { hasCampaign, step } from './step.ts'

type Decision = 'sent' | 'resend' | 'skip'

/** A decision after which a campaign that had ended, or only waited for it, goes on by itself. */
async function reopening<T extends { status: Status; count: number }>(
  model: Model,
  world: World,
  campaign: ModelCampaign,
  decide: () => Promise<T>,
): Promise<T> {
  const before = await world.test.run(contract.getCampaign, { campaignId: campaign.id })
  const mayReopen = before.status === 'completed' || (before.status === 'paused' && before.reason === 'held')
  if (mayReopen || before.status === 'running') model.opens(campaign)
  const answer = await decide()
  // One that runs already is not opened again: whether it still ran when this was decided, nobody knows.
  if (answer.status === 'running' && answer.count > 0) model.turned(campaign, 'reopen', false)
  return answer
}

export async function resolveHeld(
  model: Model,
  world: World,
  campaign: ModelCampaign,
  decision: Decision,
  only?: number,
): Promise<void> {
  const { id: campaignId } = campaign
  const held = (await recipientsOf(world.test, campaignId)).filter((it) => it.state === 'held')
  const chosen = only === undefined ? held : held.slice(0, only)
  if (only !== undefined && chosen.length === 0) return
  const decide = () =>
    world.test.run(contract.resolveHeld, {
      campaignId,
      decision,
      ...(only !== undefined && { recipientIds: chosen.map((it) => it.recipientId) }),
    })
  const { status } = await world.test.run(contract.getCampaign, { campaignId })
  if (decision === 'resend' && status === 'cancelled') {
    const refusal = await decide().then(
      () => undefined,
      (error) => error.status,
    )
    if (refusal !== 409) throw new Error(`${campaign.text} is cancelled, and what was held of it may be sent again`)
    return
  }
  const chats = chosen.map((it) => it.chatId)
  model.released(chosen.map((it) => it.recipientId))
  if (decision === 'resend') model.sendAgain(campaign, chats)
  else for (const it of chats) model.excuse(campaign.text, it)
  const { count } = await reopening(model, world, campaign, decide)
  // A late acknowledgement may have settled some meanwhile; nothing else settles them, and nothing adds to those named.
  if (count > chosen.length && only !== undefined) throw new Error(`${count} were decided about, not ${chosen.length}`)
}

const resolveStep = fc
  .tuple(
    fc.nat({ max: 9 }),
    fc.constantFrom<Decision>('sent', 'resend', 'skip'),
    fc.option(fc.integer({ min: 1, max: 2 })),
  )
  .map(([pick, decision, only]) =>
    step(
      `decide '${decision}' about ${only ?? 'all'} held of campaign ${pick}`,
      async (model, world) => {
        // What becomes held between the look and the decision would be decided about unseen.
        await world.settle()
        await resolveHeld(model, world, model.one(pick), decision, only ?? undefined)
      },
      hasCampaign,
    ),
  )

const retryStep = fc.nat({ max: 9 }).map((pick) =>
  step(
    `retry the failed of campaign ${pick}`,
    async (model, world) => {
      await world.settle()
      const campaign = model.one(pick)
      const { id: campaignId } = campaign
      const { status } = await world.test.run(contract.getCampaign, { campaignId })
      const failed = (await recipientsOf(world.test, campaignId)).filter((it) => it.state === 'failed')
      model.released(failed.map((it) => it.recipientId))
      const answer = await reopening(model, world, campaign, () =>
        world.test.run(contract.retryFailed, { campaignId }),
      ).then(
        ({ count }) => count,
        (error) => error.status as 409,
      )
      const isGranted = answer !== 409
      if (!mayAnswer('retryFailed', status, isGranted))
        throw new Error(`retrying ${campaign.text}, which was ${status}, was answered with ${answer}`)
      const wanted = failed.filter((it) => it.reason !== 'not-on-whatsapp').length
      if (isGranted && answer !== wanted) throw new Error(`${answer} of ${wanted} failed ones are tried again`)
    },
    hasCampaign,
  ),
)

export const decisionSteps = [resolveStep, resolveStep, retryStep]
