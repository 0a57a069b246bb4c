import type { DatabaseFile } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import type { Clock } from '../clock.ts'
import type { WebhookRecord } from '../record.ts'
import { Bell } from './bell.ts'
import { type DueDelivery, due, nextDue } from './delivery-store.ts'
import type { Recorder } from './recorder.ts'
import type { Sender } from './sender.ts'

export interface LaneOptions {
  readonly file: DatabaseFile
  readonly sender: Sender
  readonly recorder: Recorder
  readonly clock: Clock
  readonly log: Logger
  /** The webhook as it is now; nothing while nothing may be sent to it. */
  readonly webhook: () => WebhookRecord | undefined
}

/** The clock may be set, and nobody tells: what waits is looked at again after no longer than this. */
const LONGEST_NAP_MS = 600_000
/** What the disk did not take is not tried again at once. */
const STORAGE_PAUSE_MS = 5_000

/**
 * The deliveries of one webhook: a few under way at once, the rest on the disk. Each webhook has a lane of its own, so a
 * receiver that hangs holds up nobody else.
 */
export class Lane {
  readonly #id: string
  readonly #options: LaneOptions
  readonly #bell: Bell
  /** Ends the taking of new ones, then what is under way. */
  readonly #stop = new AbortController()
  readonly #cut = new AbortController()
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #running: Promise<void>

  constructor(id: string, options: LaneOptions) {
    this.#id = id
    this.#options = options
    this.#bell = new Bell(options.clock)
    this.#running = this.#run()
  }

  /** There may be something new, or the webhook was changed. */
  wake(): void {
    this.#bell.ring()
  }

  /** Takes nothing new. What is under way may end until `patience` is aborted; what is cut off is made again later. */
  async stop(patience: AbortSignal): Promise<void> {
    this.#stop.abort()
    this.#bell.ring()
    const cut = () => this.#cut.abort(new Error('the host stops'))
    if (patience.aborted) cut()
    patience.addEventListener('abort', cut, { once: true })
    await this.#running
    await Promise.all(this.#underWay.values())
    patience.removeEventListener('abort', cut)
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options
    while (!this.#stop.signal.aborted) {
      try {
        await this.#bell.heard(await this.#fill())
      } catch (error) {
        log.warn('deliveries cannot be read; the next try is in a moment', {
          webhook: this.#id,
          problem: messageOf(error),
        })
        await clock.wait(STORAGE_PAUSE_MS, this.#stop.signal)
      }
    }
  }

  /** Begins as many as may be under way. @returns after how long there is more to do; nothing when something has to happen first */
  async #fill(): Promise<number | undefined> {
    const { file, clock, webhook } = this.#options
    const record = webhook()
    if (!record) return undefined
    const free = record.concurrency - this.#underWay.size
    if (free <= 0) return undefined
    const ready = await due(file, this.#id, clock.now(), [...this.#underWay.keys()], free)
    if (this.#stop.signal.aborted) return undefined
    for (const delivery of ready) this.#begin(delivery)
    if (ready.length === free) return undefined
    const next = await nextDue(file, this.#id, [...this.#underWay.keys()])
    return next === undefined ? undefined : Math.min(LONGEST_NAP_MS, Math.max(0, next - clock.now()))
  }

  #begin(delivery: DueDelivery): void {
    const work = this.#deliver(delivery).finally(() => {
      this.#underWay.delete(delivery.id)
      this.#bell.ring()
    })
    this.#underWay.set(delivery.id, work)
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const { sender, recorder, webhook, clock, log } = this.#options
    const record = webhook()
    if (!record) return
    try {
      const outcome = await sender.attempt(record, delivery.eventId, delivery.body, this.#cut.signal)
      await recorder.record(this.#id, delivery, outcome)
    } catch (error) {
      if (this.#cut.signal.aborted) return
      // It stays pending and is made again, with the same id: better twice than never.
      const problem = messageOf(error)
      log.warn('the outcome of a delivery could not be stored; it is made again', { webhook: this.#id, problem })
      await clock.wait(STORAGE_PAUSE_MS, this.#stop.signal)
    }
  }
}
