import { fail, type Tx } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'
import type { Enrolment } from './audience/enrolment.ts'
import { type Context, type One, planOf, required } from './context.ts'
import { CampaignCancelled, CampaignFailed, CampaignPaused, CampaignResumed } from './contract.ts'
import { outcomeOf, toCounters } from './counts.ts'
import { queueOf } from './rules.ts'
import { actionsOf, type CampaignAction, type CampaignStatus, statusAfter } from './status.ts'
import { type CampaignRow, selectCampaign, selectCounts, setFrozen, setStatus } from './store.ts'

/** What is no better when it is tried again. */
const lasting: ReadonlySet<string> = new Set(['WAQ_CONFLICT', 'WAQ_NOT_FOUND', 'WAQ_MEDIA_INVALID'])

interface Status {
  readonly status: CampaignStatus
}

/** Starting, pausing and ending campaigns. Each change is one transaction on the instance's file, with its event. */
export class Runs {
  readonly #context: Context
  readonly #enrolment: Enrolment
  /** Told after a commit that campaigns wait for another time than before. */
  readonly #rescheduled: (instance: string) => void

  constructor(context: Context, enrolment: Enrolment, rescheduled: (instance: string) => void) {
    this.#context = context
    this.#enrolment = enrolment
    this.#rescheduled = rescheduled
  }

  /** Starts a draft, now or at its time. @throws WaqtorError WAQ_CONFLICT (409) */
  async start(one: One & { readonly leaveOutIncomplete: boolean }): Promise<Status> {
    const file = await this.#context.open(one.instance)
    const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
    requireAction(campaign, 'start')
    if (!one.leaveOutIncomplete) await this.#requireComplete(one, campaign)
    await this.#enrolment.freeze(one, campaign)
    return this.#begin(one, 'start')
  }

  async control(one: One & { readonly action: 'pause' | 'resume' | 'cancel' }): Promise<Status> {
    const { action } = one
    if (action !== 'resume') return this.#context.change(one, (tx, campaign) => this.#turn(tx, campaign, action))
    const file = await this.#context.open(one.instance)
    const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
    requireAction(campaign, 'resume')
    // Paused before it ever ran, because its time had passed.
    if (campaign.started_at === null) await this.#enrolment.freeze(one, campaign)
    return this.#begin(one, 'resume')
  }

  /** Lets a campaign wait for its time. */
  async schedule(one: One): Promise<CampaignRow> {
    const row = await this.#context.change(one, async (tx, campaign) => {
      const { total } = toCounters(await selectCounts(tx, campaign.id))
      // One without recipients stays a draft: there is nothing to wait for yet.
      if (total === 0 && campaign.audience_id === null) return campaign
      await this.#turn(tx, campaign, 'schedule')
      return required(await selectCampaign(tx, campaign.id), campaign.id)
    })
    this.#rescheduled(one.instance)
    return row
  }

  async unschedule(one: One): Promise<CampaignRow> {
    const row = await this.#context.change(one, async (tx, campaign) => {
      if (campaign.status === 'scheduled') await this.#turn(tx, campaign, 'unschedule')
      return required(await selectCampaign(tx, campaign.id), campaign.id)
    })
    this.#rescheduled(one.instance)
    return row
  }

  /** The time of a scheduled campaign has come. What keeps it from starting is written down with it. */
  async startAtItsTime(one: One): Promise<void> {
    try {
      const file = await this.#context.open(one.instance)
      const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
      await this.#enrolment.freeze(one, campaign)
      await this.#begin(one, 'start')
    } catch (error) {
      // A disk that is full or an account that is not open yet passes; what is wrong with the campaign itself does not.
      if (!isWaqtorError(error) || !lasting.has(error.code)) throw error
      await this.#context.change(one, async (tx, campaign) => {
        if (campaign.status === 'scheduled') await this.#turn(tx, campaign, 'fail', messageOf(error))
      })
    }
  }

  /** The time of a scheduled campaign has passed unnoticed, and this is what it wanted then. */
  async passOver(one: One, action: 'pause' | 'cancel'): Promise<void> {
    await this.#context.change(one, async (tx, campaign) => {
      if (campaign.status === 'scheduled') await this.#turn(tx, campaign, action, 'late')
    })
  }

  async retryFailed(one: One): Promise<Status & { readonly count: number }> {
    return this.#context.change(one, async (tx, campaign) => {
      requireAction(campaign, 'reopen', 'try failed recipients again')
      const count = await this.#context.services.outbox.retryFailed(tx, campaign.id)
      if (count === 0 || campaign.status !== 'completed') return { count, status: campaign.status }
      return { count, ...(await this.#turn(tx, campaign, 'reopen')) }
    })
  }

  async resolveHeld(
    one: One & { readonly decision: 'sent' | 'resend' | 'skip'; readonly recipientIds?: readonly number[] | undefined },
  ): Promise<Status & { readonly count: number }> {
    return this.#context.change(one, async (tx, campaign) => {
      const { outbox } = this.#context.services
      const count = await outbox.resolveHeld(tx, campaign.id, one.decision, one.recipientIds)
      const after = required(await selectCampaign(tx, campaign.id), campaign.id)
      // It had paused only because there was nothing else left: now there is.
      const goesOn = one.decision === 'resend' && count > 0 && after.status === 'paused' && after.reason === 'held'
      return { count, ...(goesOn ? await this.#turn(tx, after, 'reopen') : { status: after.status }) }
    })
  }

  /** It has become known who is at the other end: queues of running campaigns are worked accordingly. */
  async settleQueues(instance: string): Promise<void> {
    const file = await this.#context.open(instance)
    await file.write(async (tx) => {
      const rows = await tx.all<CampaignRow>("SELECT * FROM campaigns WHERE status = 'running'")
      for (const it of rows.filter((row) => planOf(row).courtesy === 'auto')) await this.#setQueue(tx, it, true)
    })
  }

  #begin(one: One, action: 'start' | 'resume'): Promise<Status> {
    return this.#context.change(one, async (tx, campaign) => {
      const counts = await selectCounts(tx, campaign.id)
      if (toCounters(counts).total === 0) throw fail('WAQ_CONFLICT', `campaign '${campaign.id}' has no recipients yet`)
      if (action === 'resume' && outcomeOf(counts) === 'held')
        throw fail(
          'WAQ_CONFLICT',
          `campaign '${campaign.id}' has nothing left to send but what is held: decide about that first`,
        )
      await setFrozen(tx, campaign.id, null)
      return this.#turn(tx, campaign, action)
    })
  }

  /** Changes status and queue together: after the commit of a pause or a cancel no send begins. */
  async #turn(
    tx: Tx,
    campaign: CampaignRow,
    action: Exclude<CampaignAction, 'complete'>,
    reason: string | null = action === 'pause' ? 'by request' : null,
  ): Promise<Status> {
    const { outbox, events } = this.#context.services
    const next = requireAction(campaign, action)
    const { id } = campaign
    const timestamp = Date.now()
    await setStatus(tx, id, next, reason, timestamp)
    if (next === 'running') await this.#setQueue(tx, campaign, true)
    else await outbox.openQueue(tx, id, false)
    if (action === 'cancel') await outbox.cancel(tx, id)
    const event = { pause: CampaignPaused, resume: CampaignResumed, cancel: CampaignCancelled, fail: CampaignFailed }[
      action as string
    ]
    if (event) await events.record(tx, event, { campaignId: id, ...(reason !== null && { reason }), timestamp })
    return { status: next }
  }

  #setQueue(tx: Tx, campaign: CampaignRow, open: boolean): Promise<void> {
    const queue = queueOf(campaign.id, planOf(campaign), this.#context.isReal(tx.file), open)
    return this.#context.services.outbox.setQueue(tx, queue)
  }

  /** @throws WaqtorError WAQ_CONFLICT (409) when somebody of the audience lacks a value: found now, not in a customer's phone */
  async #requireComplete(one: One, campaign: CampaignRow): Promise<void> {
    const { count, example } = await this.#enrolment.incomplete(one, campaign)
    if (count === 0) return
    throw fail(
      'WAQ_CONFLICT',
      `${count} of the audience cannot get the message, the first of them ${example?.value}: ${example?.reason}. Give the variable a default, {{name|…}}, or start with 'leaveOutIncomplete'`,
    )
  }
}

function requireAction({ id, status }: CampaignRow, action: CampaignAction, words: string = action): CampaignStatus {
  const next = statusAfter(status, action)
  if (next) return next
  const possible = actionsOf(status)
  throw fail(
    'WAQ_CONFLICT',
    `campaign '${id}' is ${status} and cannot ${words}${possible.length > 0 ? `; it can ${possible.join(' or ')}` : ''}`,
  )
}
