import type { DatabaseFile, EventLog, Tx } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Book } from '../book.ts'
import type { Clock } from '../clock.ts'
import { WebhookDelivered, WebhookDisabled, WebhookFailed } from '../contract.ts'
import { judge, type Outcome, type Plan, type Verdict } from '../schedule.ts'
import type { WebhookStore } from '../store.ts'
import { advance, type DueDelivery } from './delivery-store.ts'

export interface RecorderOptions {
  readonly file: DatabaseFile
  readonly events: Pick<EventLog, 'record'>
  readonly store: WebhookStore
  readonly book: Book
  readonly log: Logger
  readonly clock: Clock
  readonly delays: Plan['delays']
  readonly random: () => number
  /** After so many deliveries in a row that ran out of tries a webhook is switched off; 0: never. */
  readonly disableAfter: number
}

/** Writes down what came of attempts, with its event, and switches a webhook off that nobody is behind any more. */
export class Recorder {
  readonly #options: RecorderOptions

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  async record(webhookId: string, delivery: DueDelivery, outcome: Outcome): Promise<void> {
    const { file, clock, delays, random } = this.#options
    const now = clock.now()
    const tries = delivery.tries + 1
    const verdict = judge(outcome, tries, { delays, random: random() }, now)
    await file.write((tx) => this.#write(tx, webhookId, delivery, outcome, verdict, tries, now))
  }

  async #write(
    tx: Tx,
    webhookId: string,
    { id, eventId, attempts }: DueDelivery,
    { at, durationMs, statusCode, problem }: Outcome,
    verdict: Verdict,
    tries: number,
    now: number,
  ): Promise<void> {
    const { events, store } = this.#options
    const { state } = verdict
    const waits = state === 'pending'
    await advance(tx, id, {
      state,
      tries,
      attempt: { attempt: attempts + 1, at, durationMs, statusCode, problem },
      dueAt: waits ? verdict.dueAt : now,
      settledAt: waits ? null : now,
    })
    const counted = state === 'dead' ? 'exhausted' : state === 'delivered' ? 'delivered' : 'failed'
    const exhausted = await store.count(tx, webhookId, counted, now)
    // It was deleted while this was under way.
    if (exhausted === undefined) return
    const about = { webhookId, eventId, attempt: attempts + 1, ...(statusCode !== null && { statusCode }) }
    if (problem === null) await events.record(tx, WebhookDelivered, about)
    else await events.record(tx, WebhookFailed, { ...about, problem, final: !waits })
    if (state === 'dead') await this.#considerDisabling(tx, webhookId, verdict.gone, exhausted, now)
  }

  async #considerDisabling(tx: Tx, id: string, gone: boolean, exhausted: number, now: number): Promise<void> {
    const { disableAfter } = this.#options
    if (!gone && (disableAfter === 0 || exhausted < disableAfter)) return
    const reason = gone
      ? 'the receiver answered 410: it wants nothing more'
      : `${exhausted} deliveries in a row could not be made in all their attempts`
    await this.#switchOff(tx, id, reason, now)
  }

  /** Switches a webhook off that is on, and says why. */
  async switchOff(id: string, reason: string): Promise<void> {
    const { file, clock } = this.#options
    await file.write((tx) => this.#switchOff(tx, id, reason, clock.now()))
  }

  async #switchOff(tx: Tx, id: string, reason: string, now: number): Promise<void> {
    const { events, store, book, log } = this.#options
    const updatedAt = await store.disable(tx, id, reason, now)
    const record = book.get(id)
    if (updatedAt === undefined || !record) return
    await events.record(tx, WebhookDisabled, { webhookId: id, url: record.url, reason })
    tx.afterCommit(() => {
      const present = book.get(id)
      if (present) book.put({ ...present, enabled: false, disabledReason: reason, updatedAt })
      log.warn(`webhook '${id}' was switched off: ${reason}`)
    })
  }
}
