import { type DatabaseFile, type OutgoingDraft, type Session, TransportError, type Tx } from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf, type WaterfallHook } from '@waqtor/kernel'
import { Claims } from './claims.ts'
import { halt } from './halting.ts'
import type { Lanes } from './lanes.ts'
import { Latch } from './latch.ts'
import { type Prepared, prepare } from './preparation.ts'
import { directQueue, type QueueBook } from './queue-book.ts'
import type { AckFact, Recorded, Recorder } from './recorder.ts'
import type { ClaimedRow, SentRow, Step } from './rows.ts'
import { afterFailure } from './state.ts'
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
  /** Queues that are to be closed, and why, until that is written down. */
  #halts = new Map<string, string>()
  #acks: AckFact[] = []
  #early = new Map<string, AckFact>()
  #prepared: Prepared[] = []
  /** Being rendered, or waiting for their turn. */
  readonly #claims = new Claims()
  #rendering = 0
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #stalled = false
  #closed = false
  readonly #done: Promise<void>

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#underWay = new UnderWay({
      sendTimeoutMs: options.sendTimeoutMs,
      ended: (step) => this.#push(step),
      answered: (queue, ok) => this.#results.push({ queue, ok }),
      refusedForNow: (queue) => options.book.rest(queue, performance.now() + retryMs),
    })
    this.#done = this.#run()
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

  /** Closes every queue but the direct one: in memory at once, and on the disk as soon as it takes it. */
  halt(reason: string): void {
    const { book } = this.#options
    for (const id of book.ids()) {
      if (id === directQueue || !book.get(id)?.settings.open) continue
      this.#halts.set(id, reason)
      book.setOpen(id, false)
    }
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
    clearTimeout(this.#timer)
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
    const { file, epoch, recorder, book } = this.#options
    const session = this.#session
    const outcomes = this.#outcomes.splice(0)
    const acks = this.#acks.splice(0)
    this.#judge(this.#results.splice(0))
    const halts = new Map(this.#halts)
    const starting = this.#pick()
    const claims = this.#plan(starting)
    if (outcomes.length + acks.length + starting.length + claims.length + halts.size === 0) return true

    const work = async (tx: Tx) => {
      const recorded = recorder.begin()
      await recorder.steps(tx, outcomes, recorded)
      await recorder.acks(tx, acks, recorded)
      for (const [queue, reason] of halts) await this.#halt(tx, queue, reason, recorded)
      const begun = await begin(
        tx,
        starting.filter((it) => !halts.has(it.row.queue)).map((it) => it.beginning),
        epoch,
      )
      for (const { row } of starting) if (begun.has(row.id)) recorded.shifts.add(row.queue, 'claimed', 'sending', null)
      const claimed: ClaimedRow[] = []
      for (const { queue, limit } of claims) {
        const rows = halts.has(queue) ? [] : await claim(tx, queue, limit, epoch)
        recorder.note(recorded, queue, 'queued', 'claimed', rows.length)
        claimed.push(...rows)
        // In the order of the commits: whoever adds to the queue after this claim, even in the same commit, is told later.
        tx.afterCommit(() => book.drained(queue, rows.length < limit))
      }
      await recorder.finish(tx, recorded)
      return { recorded, begun, claimed }
    }

    try {
      const { recorded, begun, claimed } = await file.write(work)
      if (this.#stalled) this.#setStalled(undefined)
      this.#afterCommit(recorded)
      for (const prepared of starting) {
        this.#claims.release(prepared.row)
        // A message is made for one connection; another one in its place gets it made anew.
        if (begun.has(prepared.row.id)) this.#send(session === this.#session ? session : undefined, prepared)
      }
      for (const row of claimed) this.#prepare(row)
      return true
    } catch (error) {
      this.#outcomes = [...outcomes, ...this.#outcomes]
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

  /** Notes which queues have failed too often. */
  #judge(results: readonly { queue: string; ok: boolean }[]): void {
    for (const { queue, ok } of results) {
      const state = this.#options.book.get(queue)
      if (!state?.settings.open || queue === directQueue || this.#halts.has(queue)) continue
      const reason = state.errors.add(ok)
      if (reason) this.#halts.set(queue, reason)
    }
  }

  /** Closes a queue in the transaction that records the failures. */
  async #halt(tx: Tx, queue: string, reason: string, recorded: Recorded): Promise<void> {
    await halt(tx, queue, reason, this.#options.lanes, recorded)
    tx.afterCommit(() => {
      this.#halts.delete(queue)
      this.#options.book.setOpen(queue, false)
    })
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
      if (!state) this.#claims.release(prepared.row)
      // Claimed anew meanwhile, or of a queue that is gone.
      if (!state || !this.#claims.holds(prepared.row)) continue
      const used = busy.get(queue) ?? 0
      const free = this.#underWay.size + picked.length < capacity && used < state.settings.inFlight
      if (free && state.notBefore <= now) {
        if (state.settings.gapMs > 0) state.notBefore = now + state.settings.gapMs
        busy.set(queue, used + 1)
        picked.push(prepared)
      } else {
        if (free) soonest = Math.min(soonest, state.notBefore)
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
    for (const { settings, drained, restsUntil } of book.inTurn()) {
      if (drained || !lanes.has(settings.source)) continue
      const wanted = settings.gapMs > 0 ? 1 : Math.min(settings.inFlight, lookaheadLimit)
      const limit = wanted - this.#claims.of(settings.id) + (leaving.get(settings.id) ?? 0)
      if (limit <= 0) continue
      if (restsUntil > now) this.#wakeAt(restsUntil)
      else plans.push({ queue: settings.id, limit })
    }
    return plans
  }

  #prepare(row: ClaimedRow): void {
    this.#claims.add(row)
    this.#rendering++
    const session = this.#session
    const preparing = session ? prepare(row, session, this.#options) : Promise.resolve(undefined)
    preparing
      .finally(() => this.#rendering--)
      .then(
        (prepared) => {
          if (prepared && session === this.#session) this.#insert(prepared)
          else this.#giveBack(row)
          if (this.#rendering === 0 || this.#prepared.length === 1) this.wake()
        },
        (error) => this.#unprepared(row, error),
      )
  }

  /** Nothing has left. What the transport cannot do at the moment it is asked again; any other failure is the row's own. */
  #unprepared(row: ClaimedRow, error: unknown): void {
    if (!this.#claims.holds(row)) return
    const { id, queue } = row
    this.#options.log.warn('a message could not be made ready', { queue, row: id, problem: messageOf(error) })
    if (error instanceof TransportError && error.failure !== 'invalid-number') {
      this.#options.book.rest(queue, performance.now() + retryMs)
      this.#giveBack(row)
      return
    }
    this.#claims.release(row)
    if (error instanceof TransportError) {
      this.#push({ id, queue, from: 'claimed', ...afterFailure(error.failure) })
      return
    }
    const refused = isWaqtorError(error) && error.status < 500
    const reason = isWaqtorError(error) ? error.publicCode : 'render'
    this.#push({ id, queue, from: 'claimed', to: refused ? 'skipped' : 'failed', reason })
  }

  #send(session: Session | undefined, prepared: Prepared): void {
    const { book } = this.#options
    const { queue } = prepared.row
    // The pause counts from the send itself: the commit before it takes now longer, now shorter.
    const gapMs = book.get(queue)?.settings.gapMs ?? 0
    if (gapMs > 0) book.holdOff(queue, performance.now() + gapMs)
    this.#underWay.send(session, prepared)
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
    if (!this.#claims.holds(row)) return
    this.#claims.release(row)
    this.#push({ id: row.id, queue: row.queue, from: 'claimed', to: 'queued', reason: null })
  }

  /** Wakes at the earliest of all moments that were asked for. */
  #wakeAt(moment: number): void {
    if (moment >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = moment
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY
        this.wake()
      },
      Math.max(1, moment - performance.now()),
    )
  }

  #setStalled(reason: string | undefined): void {
    this.#stalled = reason !== undefined
    if (reason) this.#options.log.error('the outbox cannot write; sending waits', { problem: reason })
    else this.#options.log.info('the outbox writes again')
  }
}
