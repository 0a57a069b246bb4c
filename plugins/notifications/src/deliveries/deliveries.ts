import type { DatabaseFile, NotificationChannel, People } from '@waqtor/contracts'
import { type KernelView, type Logger, messageOf, WaqtorError, withDeadline } from '@waqtor/kernel'
import { preferencesIn } from '../preferences.ts'
import { quietUntil } from '../quiet-hours.ts'
import { visible } from '../sight.ts'
import { asSeenBy } from '../store.ts'
import {
  type DueDelivery,
  due,
  type NewDelivery,
  nextDue,
  plan,
  putOff,
  settle,
  subscribers,
  unplanned,
} from './delivery-store.ts'

export interface DeliveriesOptions {
  /** Opens the host's file. */
  readonly host: () => Promise<DatabaseFile>
  readonly kernel: KernelView
  readonly people: People | undefined
  readonly log: Logger
  /** Pauses between the tries, in milliseconds: so many tries there are, and one more. */
  readonly retriesMs: readonly number[]
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number
  readonly now?: () => number
}

const PLANNED_AT_ONCE = 200
const SENT_AT_ONCE = 10
/** The wall clock may be set: it is looked at again at least this often. */
const LOOK_AGAIN_MS = 60_000

/**
 * Brings notifications to people by the channels that they chose. What is to be delivered stands in the database: it
 * outlives a crash, and may then come twice, but not be lost. A channel that fails is asked again a few times.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #now: () => number
  readonly #channels = new Map<string, NotificationChannel>()
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #started = false
  #again = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: DeliveriesOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  get names(): readonly string[] {
    return [...this.#channels.keys()].sort()
  }

  /** @throws WaqtorError WAQ_CONFLICT for a name that is taken */
  add(channel: NotificationChannel): () => void {
    const { name } = channel
    if (this.#channels.has(name)) {
      const message = `there is a notification channel '${name}' already: give each one a name of its own`
      throw new WaqtorError('WAQ_CONFLICT', message, { status: 409 })
    }
    this.#channels.set(name, channel)
    this.wake()
    return () => {
      if (this.#channels.get(name) === channel) this.#channels.delete(name)
    }
  }

  /** Begins to deliver: everybody who brings a channel has had the time to. */
  start(): void {
    this.#started = true
    this.wake()
  }

  /** There may be something to deliver. */
  wake(): void {
    if (!this.#started || this.#stop.signal.aborted) return
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#again) this.wake()
    })
  }

  /** Gives up what is under way: it comes again after the next start. */
  async close(): Promise<void> {
    this.#stop.abort(new WaqtorError('WAQ_CLOSED', 'notifications are not delivered any more', { phase: 'close' }))
    this.#again = false
    clearTimeout(this.#timer)
    await this.#running
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false
      clearTimeout(this.#timer)
      const waitMs = await this.#round().catch((error: unknown) => {
        this.#options.log.warn('deliveries are put off', { problem: messageOf(error) })
        return LOOK_AGAIN_MS
      })
      if (waitMs !== undefined && !this.#stop.signal.aborted)
        this.#timer = setTimeout(() => this.wake(), Math.min(waitMs, LOOK_AGAIN_MS)).unref()
    }
  }

  /** Answers how long there is nothing to do, in milliseconds; nothing when nothing waits at all. */
  async #round(): Promise<number | undefined> {
    const file = await this.#options.host()
    const { signal } = this.#stop
    while (!signal.aborted && (await this.#plan(file)));
    for (;;) {
      const rows = await due(file, this.#now(), SENT_AT_ONCE)
      if (rows.length === 0 || signal.aborted) break
      // All of them end before one that could not be noted ends the round: it would else be handed over twice at once.
      const ends = await Promise.allSettled(rows.map((it) => this.#deliver(file, it)))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    }
    const next = await nextDue(file)
    return next === null ? undefined : Math.max(0, next - this.#now())
  }

  /** Makes the deliveries of the next notifications. True when there may be more of them. */
  async #plan(file: DatabaseFile): Promise<boolean> {
    const { kernel, people } = this.#options
    const rows = await unplanned(file, PLANNED_AT_ONCE)
    if (rows.length === 0) return false
    const wanting = await subscribers(file)
    const known = wanting.length > 0 && people ? new Map((await people.people()).map((it) => [it.id, it])) : undefined
    const deliveries: NewDelivery[] = []
    for (const { userId, preferences } of wanting) {
      const principal = known?.get(userId)
      // Who can come in no more is not told either; where nobody knows the people, what is addressed still arrives.
      if (known && !principal) continue
      const shared = rows.filter((it) => it.user_id === null)
      const seen = principal ? await visible(kernel, { principal, via: 'notification-channel' }, shared) : []
      const { types, channels } = preferencesIn(preferences)
      for (const row of rows)
        if ((row.user_id === userId || seen.includes(row)) && types.includes(row.type))
          deliveries.push(...channels.map((channel) => ({ seq: row.seq, userId, channel })))
    }
    await file.write((tx) => plan(tx, deliveries, rows.at(-1)!.seq, this.#now()))
    return rows.length === PLANNED_AT_ONCE
  }

  async #deliver(file: DatabaseFile, row: DueDelivery): Promise<void> {
    const { log, retriesMs } = this.#options
    const { channel, userId } = row
    const { channels, quietHours } = preferencesIn(row.preferences)
    // Whoever has read it by another way, or wants this way no more, is not rung up for it.
    if (row.isSettled === 1 || !channels.includes(channel)) return file.write((tx) => settle(tx, row.id))
    const until = quietUntil(quietHours, this.#now())
    if (until !== undefined) return file.write((tx) => putOff(tx, row.id, row.attempts, until))
    try {
      await this.#hand(row)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const about = { channel, userId, notification: row.notificationId, problem: messageOf(error) }
      const pauseMs = retriesMs[row.attempts]
      if (pauseMs === undefined) {
        log.error('a notification could not be delivered and is given up; it stands in the list', about)
        return file.write((tx) => settle(tx, row.id))
      }
      log.warn('a notification could not be delivered; it is tried again', { ...about, retryMs: pauseMs })
      return file.write((tx) => putOff(tx, row.id, row.attempts + 1, this.#now() + pauseMs))
    }
    await file.write((tx) => settle(tx, row.id))
  }

  async #hand(row: DueDelivery): Promise<void> {
    const channel = this.#channels.get(row.channel)
    if (!channel) throw new Error(`no plugin brings the channel '${row.channel}' at the moment`)
    const { timeoutMs } = this.#options
    const late = new AbortController()
    const signal = AbortSignal.any([late.signal, this.#stop.signal])
    const notification = asSeenBy(
      row.userId,
      { ...row, id: row.notificationId, user_id: row.userId, subject: null },
      false,
    )
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => {})
    const giveUp = () => ended.reject(signal.reason)
    signal.addEventListener('abort', giveUp)
    try {
      await withDeadline(Promise.race([channel.deliver(notification, signal), ended.promise]), timeoutMs, () => {
        const error = new WaqtorError('WAQ_TIMEOUT', `channel '${row.channel}' took more than ${timeoutMs} ms`)
        late.abort(error)
        return error
      })
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}
