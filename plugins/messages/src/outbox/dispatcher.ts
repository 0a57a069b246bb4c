import type { DatabaseFile, OutgoingDraft, Session, Tx } from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf, type WaterfallHook } from '@waqtor/kernel'
import { halt } from './halting.ts'
import type { Lanes } from './lanes.ts'
import { Latch } from './latch.ts'
import { type Prepared, prepare } from './preparation.ts'
import { directQueue, type QueueBook } from './queue-book.ts'
import type { AckFact, Recorded, Recorder } from './recorder.ts'
import type { ClaimedRow, SentRow, Step } from './rows.ts'
import { begin, claim } from './store.ts'
import { UnderWay } from './under-way.ts'

export interface DispatcherOptions {
  readonly instance: string
  readonly file: DatabaseFile
  readonly epoch: number
  readonly book: QueueBook
  readonly lanes: Lanes
  readonly recorder: Recorder
  readonly outgoing: WaterfallHook<OutgoingDraft>
  readonly log: Logger
  /** Told after each commit of the rows that moved. */
  readonly moved: (rows: readonly SentRow[]) => void
  /** Told when writing fails (a reason) and when it works again (nothing). */
  readonly stalled: (reason: string | undefined) => void
  /** A send without an answer after this long is in doubt. Milliseconds. */
  readonly sendTimeoutMs: number
}

const retryMs = 1_000
const lookaheadLimit = 500
/** Acknowledgements that came before their message is known are kept this many. */
const earlyLimit = 10_000

/**
 * Sends one instance's rows. Each turn is one transaction that does three things at once: it records what became of the
 * last sends, writes down the next ones as `sending`, and claims the ones after. Only what that commit has made durable is
 * handed to the transport; so a crash leaves at most `inFlight` rows in doubt, and a recipient costs one commit.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #latch = new Latch()
  readonly #underWay: UnderWay
  #session: Session | undefined
  #outcomes: Step[] = []
  #results: { queue: string; ok: boolean }[] = []
  #acks: AckFact[] = []
  #early = new Map<string, AckFact>()
  #prepared: Prepared[] = []
  /** Rows claimed and not begun, by queue: being rendered or waiting for their turn. */
  readonly #held = new Map<string, number>()
  #rendering = 0
  #gapTimer: NodeJS.Timeout | undefined
  #stalled = false
  #closed = false
  readonly #done: Promise<void>

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#underWay = new UnderWay({
      sendTimeoutMs: options.sendTimeoutMs,
      ended: (step) => this.#push(step),
      answered: (queue, ok) => this.#results.push({ queue, ok }),
      refusedForNow: (queue) => options.book.holdOff(queue, performance.now() + retryMs),
    })
    this.#done = this.#run()
  }

  /** How many sends are under way. */
  get inFlight(): number {
    return this.#underWay.size
  }

  attach(session: Session): void {
    this.#session = session
    this.#options.book.resetWaits()
    this.wake()
  }

  /** The connection is gone: what is under way is in doubt from now on. */
  detach(): void {
    this.#session = undefined
    this.#underWay.giveUp('connection-lost')
    // Rows that were rendered for the lost session go back; they have not been begun.
    for (const { row } of this.#prepared.splice(0)) this.#giveBack(row)
    this.wake()
  }

  wake(): void {
    this.#latch.ring()
  }

  acknowledge(acks: readonly AckFact[]): void {
    this.#acks.push(...acks)
    this.wake()
  }

  /** Takes no new row, waits for what is under way until `graceMs`, and records what it knows. */
  async close(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs
    this.#session = undefined
    for (const { row } of this.#prepared.splice(0)) this.#giveBack(row)
    while (this.#underWay.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
    this.#underWay.giveUp('stopped')
    this.#closed = true
    clearTimeout(this.#gapTimer)
    this.wake()
    await this.#done
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#latch.wait()
      // Whatever ends in this tick shares the turn.
      await new Promise((resolve) => setImmediate(resolve))
      const ok = await this.#turn()
      if (this.#closed && (!ok || this.#outcomes.length === 0)) return
      if (!ok) setTimeout(() => this.wake(), retryMs).unref()
    }
  }

  /** One transaction. Answers false when it could not be written: everything is kept for the next try. */
  async #turn(): Promise<boolean> {
    const { file, epoch, recorder } = this.#options
    const outcomes = this.#outcomes.splice(0)
    const results = this.#results.splice(0)
    const acks = this.#acks.splice(0)
    const starting = this.#pick()
    const claims = this.#plan(starting)
    if (outcomes.length + acks.length + starting.length + claims.length === 0) return true

    const work = async (tx: Tx) => {
      const recorded = recorder.begin()
      await recorder.steps(tx, outcomes, recorded)
      await recorder.acks(tx, acks, recorded)
      const halted = await this.#judge(tx, results, recorded)
      const begun = await begin(
        tx,
        starting.filter((it) => !halted.has(it.row.queue)).map((it) => it.beginning),
        epoch,
      )
      for (const { row } of starting) if (begun.has(row.id)) recorded.shifts.add(row.queue, 'claimed', 'sending', null)
      const claimed: { queue: string; limit: number; rows: ClaimedRow[] }[] = []
      for (const { queue, limit } of claims) {
        const rows = halted.has(queue) ? [] : await claim(tx, queue, limit, epoch)
        recorder.note(recorded, queue, 'queued', 'claimed', rows.length)
        claimed.push({ queue, limit, rows })
      }
      await recorder.finish(tx, recorded)
      return { recorded, begun, claimed }
    }

    try {
      const { recorded, begun, claimed } = await file.write(work)
      if (this.#stalled) this.#setStalled(undefined)
      this.#afterCommit(recorded)
      for (const prepared of starting) {
        this.#release(prepared.row.queue)
        if (begun.has(prepared.row.id)) this.#send(prepared)
      }
      for (const { queue, limit, rows } of claimed) {
        const state = this.#options.book.get(queue)
        if (state) state.drained = rows.length < limit
        for (const row of rows) this.#prepare(row)
      }
      return true
    } catch (error) {
      this.#outcomes = [...outcomes, ...this.#outcomes]
      this.#results = [...results, ...this.#results]
      this.#acks = [...acks, ...this.#acks]
      this.#prepared = [...starting, ...this.#prepared]
      this.#setStalled(messageOf(error))
      return false
    }
  }

  #afterCommit(recorded: Recorded): void {
    const { book } = this.#options
    for (const shift of recorded.shifts.list()) if (shift.to === 'queued') book.refill(shift.queue)
    for (const early of recorded.early) this.#early.set(early.messageId, early)
    for (const row of recorded.moved) {
      const early = row.message_id ? this.#early.get(row.message_id) : undefined
      if (early) {
        this.#early.delete(row.message_id)
        this.#acks.push(early)
      }
    }
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= earlyLimit) break
      this.#early.delete(oldest)
    }
    if (recorded.moved.length > 0) this.#options.moved(recorded.moved)
    if (recorded.shifts.list().length > 0 || this.#acks.length > 0) this.wake()
  }

  /** Closes queues that failed too often, in the transaction that records the failures. */
  async #judge(
    tx: Tx,
    results: readonly { queue: string; ok: boolean }[],
    recorded: Recorded,
  ): Promise<ReadonlySet<string>> {
    const { book, lanes } = this.#options
    const halted = new Set<string>()
    for (const { queue, ok } of results) {
      const state = book.get(queue)
      const reason =
        state?.settings.open && queue !== directQueue && !halted.has(queue) ? state.errors.add(ok) : undefined
      if (!reason) continue
      halted.add(queue)
      await halt(tx, queue, reason, lanes, recorded)
      tx.afterCommit(() => book.setOpen(queue, false))
    }
    return halted
  }

  /** Rows whose turn it is, as far as places are free. */
  #pick(): Prepared[] {
    const { book } = this.#options
    if (!this.#session || this.#prepared.length === 0) return []
    const now = performance.now()
    const capacity = book.capacity(this.#session.transport.capabilities.maxInFlight)
    const busy = this.#underWay.byQueue()
    const picked: Prepared[] = []
    const left: Prepared[] = []
    let soonest = Number.POSITIVE_INFINITY
    for (const prepared of this.#prepared) {
      const { queue } = prepared.row
      const state = book.get(queue)
      const used = busy.get(queue) ?? 0
      const free =
        state !== undefined && this.#underWay.size + picked.length < capacity && used < state.settings.inFlight
      if (state && free && state.notBefore <= now) {
        if (state.settings.gapMs > 0) state.notBefore = now + state.settings.gapMs
        busy.set(queue, used + 1)
        picked.push(prepared)
      } else {
        if (free && state) soonest = Math.min(soonest, state.notBefore)
        left.push(prepared)
      }
    }
    this.#prepared = left
    if (Number.isFinite(soonest)) this.#wakeAt(soonest)
    return picked
  }

  /**
   * How many rows to claim from which queue: enough to be rendered while the present ones are under way. Those that start in
   * the same turn make room already, so that recording, starting and claiming share one commit.
   */
  #plan(starting: readonly Prepared[]): { queue: string; limit: number }[] {
    const { book, lanes } = this.#options
    if (!this.#session) return []
    const plans: { queue: string; limit: number }[] = []
    const now = performance.now()
    const leaving = new Map<string, number>()
    for (const { row } of starting) leaving.set(row.queue, (leaving.get(row.queue) ?? 0) + 1)
    for (const { settings, drained, notBefore } of book.inTurn()) {
      if (drained || !lanes.has(settings.source)) continue
      const wanted = settings.gapMs > 0 ? 1 : Math.min(settings.inFlight, lookaheadLimit)
      const limit = wanted - (this.#held.get(settings.id) ?? 0) + (leaving.get(settings.id) ?? 0)
      if (limit <= 0) continue
      if (settings.gapMs === 0 && notBefore > now) this.#wakeAt(notBefore)
      else plans.push({ queue: settings.id, limit })
    }
    return plans
  }

  #prepare(row: ClaimedRow): void {
    this.#held.set(row.queue, (this.#held.get(row.queue) ?? 0) + 1)
    this.#rendering++
    const preparing = this.#session ? prepare(row, this.#session, this.#options) : Promise.resolve(undefined)
    preparing
      .finally(() => this.#rendering--)
      .then(
        (prepared) => {
          if (this.#closed || !prepared) this.#giveBack(row)
          else this.#insert(prepared)
          if (this.#rendering === 0 || this.#prepared.length === 1) this.wake()
        },
        (error) => {
          const { id, queue } = row
          this.#options.log.warn('a message could not be made ready', { queue, row: id, problem: messageOf(error) })
          this.#release(queue)
          const refused = isWaqtorError(error) && error.status < 500
          const reason = isWaqtorError(error) ? error.publicCode : 'render'
          this.#push({ id, queue, from: 'claimed', to: refused ? 'skipped' : 'failed', reason })
        },
      )
  }

  #send(prepared: Prepared): void {
    const { book } = this.#options
    const { queue } = prepared.row
    // The pause counts from the send itself: the commit before it takes now longer, now shorter.
    const gapMs = book.get(queue)?.settings.gapMs ?? 0
    if (gapMs > 0) book.holdOff(queue, performance.now() + gapMs)
    this.#underWay.send(this.#session, prepared)
  }

  /** Somebody waits for a direct send: it goes before the rows of campaigns. */
  #insert(prepared: Prepared): void {
    if (prepared.row.queue !== directQueue) {
      this.#prepared.push(prepared)
      return
    }
    const place = this.#prepared.findIndex((it) => it.row.queue !== directQueue)
    this.#prepared.splice(place < 0 ? this.#prepared.length : place, 0, prepared)
  }

  #push(step: Step): void {
    this.#outcomes.push(step)
    this.wake()
  }

  #giveBack(row: ClaimedRow): void {
    this.#release(row.queue)
    this.#push({ id: row.id, queue: row.queue, from: 'claimed', to: 'queued', reason: null })
  }

  #release(queue: string): void {
    this.#held.set(queue, Math.max(0, (this.#held.get(queue) ?? 0) - 1))
  }

  #wakeAt(moment: number): void {
    clearTimeout(this.#gapTimer)
    this.#gapTimer = setTimeout(() => this.wake(), Math.max(1, moment - performance.now()))
  }

  #setStalled(reason: string | undefined): void {
    this.#stalled = reason !== undefined
    if (reason) this.#options.log.error('the outbox cannot write; sending waits', { problem: reason })
    else this.#options.log.info('the outbox writes again')
    this.#options.stalled(reason)
  }
}
