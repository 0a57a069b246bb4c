import { fail, type Tx } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'
import type { Enrolment } from './audience/enrolment.ts'
import { type Context, type One, planOf, required } from './context.ts'
import { CampaignCancelled, CampaignFailed, CampaignPaused, CampaignResumed, CampaignStarted } from './contract.ts'
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
    return this.#begin(one, 'start', await this.#enrolment.freeze(one, campaign))
  }

  async control(one: One & { readonly action: 'pause' | 'resume' | 'cancel' }): Promise<Status> {
    const { action } = one
    if (action !== 'resume') return this.#context.change(one, (tx, campaign) => this.#turn(tx, campaign, action))
    const file = await this.#context.open(one.instance)
    const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
    requireAction(campaign, 'resume')
    if (campaign.started_at !== null) return this.#begin(one, 'resume', 0)
    // Paused before it ever ran: it waits for its time again, unless that has passed.
    if (campaign.schedule_at !== null && campaign.schedule_at > Date.now())
      return this.#context.change(one, async (tx, now) => {
        requireAction(now, 'resume')
        const row = await this.schedule(tx, now)
        const about = { campaignId: one.campaignId, name: now.name, timestamp: Date.now() }
        await this.#context.services.events.record(tx, CampaignResumed, about)
        return { status: row.status }
      })
    return this.#begin(one, 'resume', await this.#enrolment.freeze(one, campaign))
  }

  /** Lets a campaign wait for its time. One without recipients stays a draft: there is nothing to wait for yet. */
  async schedule(tx: Tx, campaign: CampaignRow): Promise<Status> {
    tx.afterCommit(() => this.#rescheduled(tx.file))
    const { total } = toCounters(await selectCounts(tx, campaign.id))
    return total === 0 && campaign.audience_id === null ? campaign : this.#turn(tx, campaign, 'schedule')
  }

  async unschedule(tx: Tx, campaign: CampaignRow): Promise<void> {
    if (campaign.status === 'scheduled') await this.#turn(tx, campaign, 'unschedule')
  }

  /** The time of a scheduled campaign has come. What keeps it from starting is written down with it. */
  async startAtItsTime(one: One, scheduleAt: number): Promise<void> {
    const file = await this.#context.open(one.instance)
    const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
    if (!waitsFor(campaign, scheduleAt)) return
    try {
      await this.#begin(one, 'start', await this.#enrolment.freeze(one, campaign), scheduleAt)
    } catch (error) {
      // A disk that is full or an account that is not open yet passes; what is wrong with the campaign itself does not.
      if (!isWaqtorError(error) || !lasting.has(error.code)) throw error
      await this.#context.change(one, async (tx, now) => {
        // Whoever changed it meanwhile wants it to start as it is now: that is tried anew.
        if (waitsFor(now, scheduleAt) && now.message === campaign.message && now.variables === campaign.variables)
          await this.#turn(tx, now, 'fail', messageOf(error))
      })
    }
  }

  /** The time of a scheduled campaign has passed unnoticed, and this is what it wanted then. */
  async passOver(one: One, scheduleAt: number, action: 'pause' | 'cancel'): Promise<void> {
    await this.#context.change(one, async (tx, campaign) => {
      if (waitsFor(campaign, scheduleAt)) await this.#turn(tx, campaign, action, 'late')
    })
  }

  async retryFailed(one: One): Promise<Status & { readonly count: number }> {
    return this.#context.change(one, async (tx, campaign) => {
      requireAction(campaign, 'reopen', 'try failed recipients again')
      const count = await this.#context.services.outbox.retryFailed(tx, campaign.id)
      const goesOn = count > 0 && (campaign.status === 'completed' || isStuck(campaign))
      return { count, ...(goesOn ? await this.#turn(tx, campaign, 'reopen') : { status: campaign.status }) }
    })
  }

  async resolveHeld(
    one: One & { readonly decision: 'sent' | 'resend' | 'skip'; readonly recipientIds?: readonly number[] | undefined },
  ): Promise<Status & { readonly count: number }> {
    return this.#context.change(one, async (tx, campaign) => {
      const { outbox } = this.#context.services
      if (one.decision === 'resend' && campaign.status === 'cancelled')
        throw fail(
          'WAQ_CONFLICT',
          `campaign '${campaign.id}' is cancelled and sends no more; its held recipients can be decided as 'sent' or 'skip'`,
        )
      const count = await outbox.resolveHeld(tx, campaign.id, one.decision, one.recipientIds)
      const after = required(await selectCampaign(tx, campaign.id), campaign.id)
      const goesOn = one.decision === 'resend' && count > 0 && isStuck(after)
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

  /**
   * @param leftOut how many of the last page of the audience
   * @param scheduleAt the time that has come, where it is not a person who wants it
   */
  #begin(one: One, action: 'start' | 'resume', leftOut: number, scheduleAt?: number): Promise<Status> {
    return this.#context.change(one, async (tx, campaign) => {
      // Somebody has decided otherwise meanwhile.
      if (scheduleAt !== undefined && !waitsFor(campaign, scheduleAt)) return { status: campaign.status }
      const counts = await selectCounts(tx, campaign.id)
      if (toCounters(counts).total === 0) throw fail('WAQ_CONFLICT', `campaign '${campaign.id}' has no recipients yet`)
      if (action === 'resume' && outcomeOf(counts) === 'held')
        throw fail(
          'WAQ_CONFLICT',
          `campaign '${campaign.id}' has nothing left to send but what is held: decide about that first`,
        )
      await setFrozen(tx, campaign.id, null, leftOut)
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
    const { id, name } = campaign
    const timestamp = Date.now()
    await setStatus(tx, id, next, reason, timestamp)
    if (next === 'running') await this.#setQueue(tx, campaign, true)
    else await outbox.openQueue(tx, id, false)
    if (action === 'cancel') await outbox.cancel(tx, id)
    const event = { pause: CampaignPaused, resume: CampaignResumed, cancel: CampaignCancelled, fail: CampaignFailed }[
      action as string
    ]
    if (next === 'running' && campaign.started_at === null)
      await events.record(tx, CampaignStarted, { campaignId: id, name, timestamp })
    if (event) await events.record(tx, event, { campaignId: id, name, ...(reason !== null && { reason }), timestamp })
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

/** It still waits for this very time. */
function waitsFor({ status, schedule_at }: CampaignRow, scheduleAt: number): boolean {
  return status === 'scheduled' && schedule_at === scheduleAt
}

/** It has paused itself only because there was nothing else left: it goes on as soon as there is. */
function isStuck({ status, reason }: CampaignRow): boolean {
  return status === 'paused' && reason === 'held'
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
