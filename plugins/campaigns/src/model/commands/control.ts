import fc from 'fast-check'
import * as contract from '../../contract.ts'
import type { Model, ModelCampaign } from '../model.ts'
import { mayAnswer } from '../turns.ts'
import type { World } from '../world.ts'
import { hasCampaign, step } from './step.ts'

type Control = 'start' | 'pause' | 'resume' | 'cancel'
const control = fc.constantFrom<Control>(
  'start',
  'start',
  'pause',
  'pause',
  'pause',
  'resume',
  'resume',
  'resume',
  'resume',
  'cancel',
)

export interface Asked {
  readonly campaign: ModelCampaign
  readonly action: Control
  /** What became of it; nothing when nobody heard of it any more. */
  readonly answer: Promise<'granted' | 'refused'>
  /** Whoever asked is gone, and does not know what became of it. */
  abandon(): void
}

/** Asks for a turn. From a pause or a cancel that was granted on, no send may begin. */
export function ask(model: Model, world: World, campaign: ModelCampaign, action: Control): Asked {
  const opens = action === 'start' || action === 'resume'
  const wasStopped = campaign.stopped
  if (opens) {
    model.opens(campaign)
    campaign.opening++
  }
  const { id: campaignId } = campaign
  const request =
    action === 'start'
      ? world.test.run(contract.startCampaign, { campaignId })
      : world.test.run(contract.controlCampaign, { campaignId, action })
  let isOver = false
  const over = (sure: boolean) => {
    isOver = true
    if (opens) campaign.opening--
    model.turned(campaign, action, sure)
  }
  const answer = request.then(
    () => {
      if (!isOver) {
        over(true)
        if (!opens && campaign.opening === 0) campaign.stopped = true
      }
      return 'granted' as const
    },
    (error) => {
      if (error.status !== 409 && !isOver) throw error
      if (!isOver && opens) {
        isOver = true
        campaign.opening--
        if (campaign.opening === 0 && wasStopped) campaign.stopped = true
      }
      return 'refused' as const
    },
  )
  return { campaign, action, answer, abandon: () => (isOver ? undefined : over(false)) }
}

/** Asks, and looks whether the answer is one that the state of the campaign allows. */
export async function turn(model: Model, world: World, campaign: ModelCampaign, action: Control): Promise<string> {
  const { status, held } = await world.test.run(contract.getCampaign, { campaignId: campaign.id })
  const answer = await ask(model, world, campaign, action).answer
  const isStuck = action === 'resume' && held > 0 && answer === 'refused'
  if (!isStuck && !mayAnswer(action, status, answer === 'granted'))
    throw new Error(`'${action}' of ${campaign.text}, which was ${status}, was ${answer}`)
  return answer
}

const controlStep = fc
  .tuple(control, fc.nat({ max: 9 }))
  .map(([action, pick]) =>
    step(`${action} campaign ${pick}`, (model, world) => turn(model, world, model.one(pick), action), hasCampaign),
  )

/** Several people at once. */
const burstStep = fc
  .array(fc.tuple(control, fc.nat({ max: 9 })), { minLength: 2, maxLength: 5, size: 'max' })
  .map((asks) =>
    step(
      `at once: ${asks.map(([action, pick]) => `${action} campaign ${pick}`).join(', ')}`,
      async (model, world) => {
        await Promise.all(asks.map(([action, pick]) => ask(model, world, model.one(pick), action).answer))
      },
      hasCampaign,
    ),
  )

/** Somebody asks, and the process is gone before, while or after it does so. */
const cutShortStep = fc.tuple(control, fc.nat({ max: 9 }), fc.nat({ max: 12 })).map(([action, pick, turns]) =>
  step(
    `${action} campaign ${pick}, and crash after ${turns} turns`,
    async (model, world) => {
      const { answer, abandon } = ask(model, world, model.one(pick), action)
      answer.catch(() => {})
      await world.clock.turns(turns)
      abandon()
      await world.crash()
    },
    hasCampaign,
  ),
)

const deleteStep = fc.nat({ max: 9 }).map((pick) =>
  step(
    `delete campaign ${pick}`,
    async (model, world) => {
      const campaign = model.one(pick)
      const { status } = await world.test.run(contract.getCampaign, { campaignId: campaign.id })
      const answer = await world.test.run(contract.deleteCampaign, { campaignId: campaign.id }).then(
        () => 'granted',
        (error) => error.status,
      )
      if (!mayAnswer('delete', status, answer === 'granted'))
        throw new Error(`deleting ${campaign.text}, which was ${status}, was answered with ${answer}`)
      if (answer !== 'granted') return
      for (const it of campaign.recipients) model.excuse(campaign.text, it)
      model.remove(campaign)
    },
    hasCampaign,
  ),
)

export const controlSteps = [controlStep, controlStep, controlStep, controlStep, burstStep, cutShortStep, deleteStep]
