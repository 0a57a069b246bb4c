import type { DatabaseFile, GatedRow, OutgoingDraft, Session, Tx } from '@waqtor/contracts'
import { type Logger, messageOf, type WaterfallHook } from '@waqtor/kernel'
import { type ClaimPlan, claimRows } from './claiming.ts'
import { endSome } from './dooming.ts'
import type { Admission, Gates } from './gates.ts'
import { halt } from './halting.ts'
import type { Lanes } from './lanes.ts'
import { Latch } from './latch.ts'
import { begin } from './moves.ts'
import { lookaheadLimit, pickReady, planClaims, type Scene, wallCheckMs } from './next-rows.ts'
import type { Numbers } from './numbers.ts'
import type { Ownership } from './ownership.ts'
import { Pending } from './pending.ts'
import type { Prepared } from './preparation.ts'
import { directQueue, drawGap, type QueueBook } from './queue-book.ts'
import type { AckFact, Recorded, Recorder } from './recorder.ts'
import { isRestored, type SentRow, type Step } from './rows.ts'
import { Staging } from './staging.ts'
import { type Doom, defer, openAmong } from './store.ts'
import { TurnSize } from './turn-size.ts'
import { UnderWay } from './under-way.ts'
import { restWhereIdsAreUsed } from './used-ids.ts'
import { WakeUp } from './wake-up.ts'

export interface DispatcherOptions {
  readonly instance: string
  readonly file: DatabaseFile
  readonly ownership: Ownership
  readonly book: QueueBook
  readonly lanes: Lanes
  readonly gates: Gates
  readonly numbers: Numbers
  readonly recorder: Recorder
  readonly outgoing: WaterfallHook<OutgoingDraft>
  readonly log: Logger
  /** Told after each commit of the rows that moved. */
  readonly moved: (rows: readonly SentRow[]) => void
  /** There are rows whose fate is open. */
  readonly inDoubt: () => void
  /** A send without an answer after this long is in doubt. Milliseconds. */
  readonly sendTimeoutMs: number
  /** Queues whose end was begun by an earlier process. */
  readonly doomed: ReadonlyMap<string, Doom>
}

const retryMs = 1_000

/**
 * Sends one instance's rows. Each turn is one transaction that does three things at once: it records what became of the
 * last sends, writes down the next ones as `sending`, and claims the ones after. Only what that commit has made durable is
 * handed to the transport; so a crash leaves at most `inFlight` rows in doubt, and a recipient costs one commit.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #latch = new Latch()
  readonly #underWay: UnderWay
  readonly #staging: Staging
  readonly #wakeUp = new WakeUp(() => this.wake())
  readonly #doomed: Map<string, Doom>
  readonly #turnSize = new TurnSize()
  readonly #pending = new Pending()
  readonly #scene: Scene
  #session: Session | undefined
  #results: { queue: string; ok: boolean }[] = []
  /** Queues that are to be closed, and why, until that is written down. */
  #halts = new Map<string, string>()
  #stalled = false
  #closed = false
  readonly #done: Promise<void>

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#doomed = new Map(options.doomed)
    this.#staging = new Staging({ ...options, ended: (step) => this.#push(step), changed: () => this.wake() })
    this.#underWay = new UnderWay({
      sendTimeoutMs: options.sendTimeoutMs,
      stops: (prepared) => options.gates.stops(options.instance, prepared.row),
      ended: (step) => this.#push(step),
      answered: (queue, ok) => this.#results.push({ queue, ok }),
      refusedForNow: (queue) => options.book.rest(queue, performance.now() + retryMs),
    })
    const { book, lanes } = options
    const wakeAt = (moment: number) => this.#wakeUp.at(moment)
    this.#scene = { book, lanes, staging: this.#staging, underWay: this.#underWay, wakeAt }
    if (options.doomed.size > 0) this.wake()
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
    // A message is made for one connection; nothing of these has been begun.
    this.#staging.clear()
    this.wake()
  }

  /** Closes every queue but the direct one: in memory at once, and on the disk as soon as it takes it. */
  halt(reason: string): void {
    const { book } = this.#options
    for (const id of book.ids()) {
      if (id === directQueue || !book.get(id)?.settings.open) continue
      this.#halts.set(id, reason)
      this.close(id)
    }
    this.wake()
  }

  /** No row of this queue begins any more until it is opened again. The disk says so already, or is about to. */
  close(queue: string): void {
    this.#options.book.setOpen(queue, false)
    this.#staging.clear(queue)
  }

  /** Ends the rows of a closed queue, some with each turn. */
  doom(queue: string, doom: Doom): void {
    this.#doomed.set(queue, doom)
    this.wake()
  }

  /** Ids of the rows of a queue that are claimed at the moment. */
  claimed(queue: string): readonly number[] {
    return this.#staging.claims.idsOf(queue)
  }

  wake(): void {
    this.#latch.ring()
  }

  acknowledge(acks: readonly AckFact[]): void {
    this.#pending.acknowledged(acks)
    this.wake()
  }

  /** Takes no new row, waits for what is under way until `graceMs`, and records what it knows. */
  async end(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs
    this.#session = undefined
    this.#staging.clear()
    while (this.#underWay.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
    this.#underWay.giveUp('stopped')
    this.#closed = true
    this.#wakeUp.cancel()
    this.wake()
    await this.#done
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#latch.wait()
      // Whatever ends in this tick shares the turn.
      await new Promise((resolve) => setImmediate(resolve))
      const ok = await this.#turn()
      if (this.#closed && (!ok || this.#pending.isEmpty)) return
      if (!ok) setTimeout(() => this.wake(), retryMs).unref()
    }
  }

  /** One transaction. Answers false when it could not be written: everything is kept for the next try. */
  async #turn(): Promise<boolean> {
    const { file, ownership, recorder, numbers, gates } = this.#options
    const session = this.#session
    const size = this.#turnSize.rows
    const taken = this.#pending.take(size)
    const { outcomes, acks } = taken
    this.#judge(this.#results.splice(0))
    const halts = new Map(this.#halts)
    // Nothing new begins while more has happened than a turn can write down: two acknowledgements follow each message, and
    // they would pile up.
    const room = this.#pending.isEmpty ? size : 0
    const starting = session ? pickReady(this.#scene, session.transport.capabilities.maxInFlight, room) : []
    const plans = session ? planClaims(this.#scene, starting, size) : []
    const idle = outcomes.length + acks.length + starting.length + plans.length + halts.size + this.#doomed.size === 0
    if (idle && !numbers.waiting) return true

    const work = async (tx: Tx) => {
      const since = performance.now()
      await ownership.require(tx)
      const recorded = recorder.begin()
      await recorder.steps(tx, outcomes, recorded)
      await recorder.acks(tx, acks, recorded)
      for (const [queue, reason] of halts) await this.#halt(tx, queue, reason)
      const begun = await this.#begin(tx, starting, recorded)
      for (const plan of plans) if (!halts.has(plan.queue)) await this.#claim(tx, plan, session, recorded)
      for (const [queue, doom] of this.#doomed) {
        const isDone = await endSome(tx, queue, doom, recorded)
        if (isDone) tx.afterCommit(() => this.#doomed.delete(queue))
      }
      await numbers.keep(tx)
      await recorder.finish(tx, recorded)
      // The end of a whole campaign is no measure of what a row costs.
      if (this.#doomed.size === 0)
        this.#turnSize.took(Math.max(outcomes.length, acks.length, starting.length), performance.now() - since)
      return { recorded, begun }
    }

    let written: Awaited<ReturnType<typeof work>>
    try {
      written = await file.write(work)
    } catch (error) {
      this.#pending.putBack(taken)
      this.#staging.putBack(starting)
      this.#setStalled(messageOf(error))
      return false
    }
    // From here on it is on the disk, and nothing that fails may keep what has begun from being handed over.
    const { recorded, begun } = written
    if (this.#stalled) this.#setStalled(undefined)
    this.#afterCommit(recorded)
    for (const prepared of starting) {
      // Turned away at the gate, or its queue was closed: whoever claims next decides anew.
      if (!begun.has(prepared.row.id)) this.#staging.giveBack(prepared.row)
      this.#staging.claims.release(prepared.row)
      if (!begun.has(prepared.row.id) || prepared.beginning.to !== 'sending') continue
      // A message is made for one connection; another one in its place gets it made anew. A gate that has gone since the
      // commit cannot stop it any more, so it is asked anew as well.
      this.#send(session === this.#session && gates.areComplete ? session : undefined, prepared)
    }
    return true
  }

  /** Lets what is ready through the gates and writes down what begins. Answers the ids of it. */
  async #begin(tx: Tx, ready: readonly Prepared[], recorded: Recorded): Promise<ReadonlySet<number>> {
    if (ready.length === 0) return new Set()
    const open = await openAmong(
      tx,
      ready.map((it) => it.row.queue),
    )
    const wanted = ready.filter((it) => open.has(it.row.queue))
    const rows = wanted.filter((it) => it.beginning.to === 'sending').map((it) => it.row)
    const now = Date.now()
    const { passing, resting } = await this.#admit(tx, rows, now, recorded)
    // Those behind in a queue that has to wait do not overtake those that are turned away now.
    if (resting.size > 0)
      tx.afterCommit(() => {
        for (const queue of resting.keys()) this.#staging.clear(queue)
      })
    // What may have been sent before a restore is only looked for: that needs nobody's leave.
    const beginnings = wanted.map((it) => it.beginning).filter((it) => it.to === 'unknown' || passing.has(it.id))
    const begun = await begin(tx, beginnings, now)
    const left = beginnings.filter((it) => !begun.has(it.id))
    if (left.length > 0) await restWhereIdsAreUsed(tx, left, this.#options)
    for (const { row, beginning } of ready)
      if (begun.has(row.id)) recorded.shifts.add(row.queue, row.part, 'queued', beginning.to, null)
    await this.#options.gates.passed(
      tx,
      rows.filter((it) => begun.has(it.id)),
      now,
    )
    return begun
  }

  /** Claims what a plan asks for, as far as the gates would let it through at this moment. */
  async #claim(tx: Tx, plan: ClaimPlan, session: Session | undefined, recorded: Recorded): Promise<void> {
    const { claims } = this.#staging
    const found = await claimRows(tx, plan, claims)
    const rows = found.rows.filter((it) => !isRestored(it))
    const { passing, deferred, resting } = await this.#admit(tx, rows, Date.now(), recorded)
    const all = found.rows.filter((it) => isRestored(it) || passing.has(it.id))
    const taken = all.slice(0, plan.limit)
    // In the order of the commits: whoever adds to the queue after this claim, even in the same commit, is told later.
    tx.afterCommit(() => {
      const state = this.#options.book.get(plan.queue)
      // Closed by the commit before this one: whoever opens it again claims anew.
      if (!state?.settings.open) return
      // Behind what is left over, or has to wait with its queue, the next claim begins.
      const isWhole = taken.length === all.length && !resting.has(plan.queue)
      // Rows that came back while this claim was made may lie before it.
      const isCurrent = state.rewinds === plan.rewinds
      if (isCurrent) state.claimedUpTo = isWhole ? found.upTo : (taken.at(-1)?.id ?? plan.after)
      state.drained = isCurrent && found.isEnd && isWhole
      if (plan.isDue && deferred.length === 0) state.nextDue = found.nextDue
      if (state.nextDue) this.wake()
      state.reach = all.length > 0 || rows.length === 0 ? 0 : Math.min(Math.max(50, state.reach * 2), lookaheadLimit)
      if (!state.drained && taken.length === 0) this.wake()
      if (!session) return
      const isAttached = () => session === this.#session
      for (const row of taken) this.#staging.add(row, session, isAttached)
    })
  }

  /** Asks the gates, and writes down what they say of those that may not pass. */
  async #admit(tx: Tx, rows: readonly GatedRow[], now: number, recorded: Recorded): Promise<Admission> {
    const { gates, recorder, book } = this.#options
    const admission = await gates.check(tx, rows, now)
    await recorder.steps(tx, admission.skipped, recorded)
    await defer(tx, admission.deferred)
    tx.afterCommit(() => {
      const waitMs = (until: number) => Math.min(until - now, wallCheckMs)
      for (const [queue, until] of admission.resting) book.rest(queue, performance.now() + waitMs(until))
      if (admission.deferred.length + admission.resting.size === 0) return
      for (const { queue } of admission.deferred.length > 0 ? rows : []) {
        const state = book.get(queue)
        if (state) state.nextDue = undefined
      }
      this.wake()
    })
    return admission
  }

  #afterCommit(recorded: Recorded): void {
    const { book } = this.#options
    const shifts = recorded.shifts.list()
    for (const shift of shifts) if (shift.to === 'queued') book.rewind(shift.queue)
    this.#pending.match(recorded)
    if (recorded.moved.length > 0) this.#tell(recorded.moved)
    if (shifts.some((it) => it.to === 'unknown' || it.to === 'waiting')) this.#options.inDoubt()
    if (shifts.length > 0 || !this.#pending.isEmpty || this.#doomed.size > 0) this.wake()
  }

  #tell(moved: readonly SentRow[]): void {
    try {
      this.#options.moved(moved)
    } catch (error) {
      this.#options.log.error('somebody who was told which messages moved broke down', { problem: messageOf(error) })
    }
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
  async #halt(tx: Tx, queue: string, reason: string): Promise<void> {
    await halt(tx, queue, reason, this.#options.lanes)
    tx.afterCommit(() => {
      this.#halts.delete(queue)
      this.close(queue)
    })
  }

  #send(session: Session | undefined, prepared: Prepared): void {
    const { book } = this.#options
    const { queue } = prepared.row
    // The pause counts from the send itself: the commit before it takes now longer, now shorter.
    const settings = book.get(queue)?.settings
    const gapMs = settings ? drawGap(settings) : 0
    if (gapMs > 0) book.holdOff(queue, performance.now() + gapMs)
    this.#underWay.send(session, prepared)
  }

  #push(step: Step): void {
    this.#pending.ended(step)
    this.wake()
  }

  #setStalled(reason: string | undefined): void {
    this.#stalled = reason !== undefined
    if (reason) this.#options.log.error('the outbox cannot write; sending waits', { problem: reason })
    else this.#options.log.info('the outbox writes again')
  }
}
