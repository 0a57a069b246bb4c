import type {
  DatabaseFile,
  EventLog,
  OutboxQueue,
  OutboxRecipient,
  OutgoingDraft,
  Session,
  Tx,
} from '@waqtor/contracts'
import type { Logger, WaterfallHook } from '@waqtor/kernel'
import { Dispatcher } from './dispatcher.ts'
import type { Lanes } from './lanes.ts'
import { directQueue, QueueBook } from './queue-book.ts'
import { Reconciler } from './reconciler.ts'
import { type AckFact, Recorder } from './recorder.ts'
import type { SentRow } from './rows.ts'
import { add, cancelQueued, dropQueue, queues, saveQueue, setOpen, takeOver, unclaim } from './store.ts'

export interface InstanceOutboxOptions {
  readonly instance: string
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly lanes: Lanes
  readonly outgoing: WaterfallHook<OutgoingDraft>
  readonly log: Logger
  readonly moved: (rows: readonly SentRow[]) => void
  readonly timing: OutboxTiming
  /** Direct sends under way at once. */
  readonly inFlight: number
}

/** Limits in milliseconds. */
export interface OutboxTiming {
  readonly sendTimeoutMs: number
  readonly absentAfterMs: number | undefined
  readonly patienceMs: number
  readonly ackTimeoutMs: number
  readonly stopGraceMs: number
}

/** The outbox of one instance: its file taken over, its queues, its dispatcher and its reconciler. */
export class InstanceOutbox {
  readonly file: DatabaseFile
  readonly #lanes: Lanes
  readonly #book: QueueBook
  readonly #recorder: Recorder
  readonly #dispatcher: Dispatcher
  readonly #reconciler: Reconciler
  readonly #stopGraceMs: number

  private constructor(options: InstanceOutboxOptions, epoch: number, book: QueueBook) {
    const { file, events, lanes, timing, log } = options
    this.file = file
    this.#lanes = lanes
    this.#book = book
    this.#stopGraceMs = timing.stopGraceMs
    this.#recorder = new Recorder(events, lanes, epoch)
    const moved = (rows: readonly SentRow[]) => {
      options.moved(rows)
      if (rows.some((it) => it.state === 'unknown' || it.state === 'waiting')) this.#reconciler.poke()
      if (rows.some((it) => it.state === 'queued')) this.#requeued(rows)
    }
    this.#dispatcher = new Dispatcher({
      ...options,
      epoch,
      book,
      recorder: this.#recorder,
      moved,
      sendTimeoutMs: timing.sendTimeoutMs,
    })
    this.#reconciler = new Reconciler({ ...timing, file, recorder: this.#recorder, log, moved })
  }

  /** Takes the file over from whoever had it and begins to work on it. */
  static async open(options: InstanceOutboxOptions): Promise<InstanceOutbox> {
    const { file, lanes } = options
    const book = new QueueBook()
    await file.write((tx) =>
      saveQueue(tx, { id: directQueue, source: 'api', open: true, inFlight: options.inFlight, gapMs: 0 }),
    )
    for (const queue of await queues(file)) {
      lanes.bind(queue.id, queue.source)
      book.put(queue)
    }
    const epoch = await file.write(async (tx) => {
      const taken = await takeOver(tx)
      await lanes.tell(
        tx,
        taken.shifts.map((it) => ({ ...it, reason: null })),
      )
      return taken.epoch
    })
    return new InstanceOutbox(options, epoch, book)
  }

  attach(session: Session): void {
    this.#dispatcher.attach(session)
    this.#reconciler.attach(session)
  }

  /** The session is gone; for good when the account was logged out or restricted: then every queue stops until a person resumes it. */
  detach(reason: string, permanent: boolean): void {
    this.#dispatcher.detach()
    this.#reconciler.detach()
    if (permanent) this.#dispatcher.halt(reason)
  }

  acknowledge(acks: readonly AckFact[]): void {
    this.#dispatcher.acknowledge(acks)
  }

  async setQueue(tx: Tx, queue: OutboxQueue): Promise<void> {
    await saveQueue(tx, queue)
    this.#lanes.bind(queue.id, queue.source)
    if (!queue.open) await this.#unclaim(tx, queue.id)
    this.#afterCommit(tx, () => this.#book.put(queue))
  }

  async openQueue(tx: Tx, queue: string, open: boolean): Promise<void> {
    await setOpen(tx, queue, open)
    if (!open) await this.#unclaim(tx, queue)
    this.#afterCommit(tx, () => this.#book.setOpen(queue, open))
  }

  async add(tx: Tx, queue: string, recipients: readonly OutboxRecipient[]): Promise<number> {
    const added = await add(tx, queue, recipients, Date.now())
    this.#afterCommit(tx, () => this.#book.refill(queue))
    return added
  }

  async cancel(tx: Tx, queue: string): Promise<number> {
    const counts = await cancelQueued(tx, queue)
    const recorded = this.#recorder.begin()
    for (const state of ['queued', 'claimed'] as const)
      recorded.shifts.add(queue, state, 'cancelled', null, counts[state] ?? 0)
    await this.#recorder.finish(tx, recorded)
    return (counts.queued ?? 0) + (counts.claimed ?? 0)
  }

  async drop(tx: Tx, queue: string): Promise<void> {
    await dropQueue(tx, queue)
    this.#afterCommit(tx, () => this.#book.forget(queue))
  }

  /** Takes one row back that has not begun. */
  async withdraw(tx: Tx, id: number, from: 'queued' | 'claimed'): Promise<void> {
    const recorded = this.#recorder.begin()
    await this.#recorder.steps(
      tx,
      [{ id, queue: directQueue, from, to: 'cancelled', reason: 'session-not-ready' }],
      recorded,
    )
    await this.#recorder.finish(tx, recorded)
  }

  /** A lane is there, or came: tells it what it missed, and takes up its rows. */
  async laneCame(): Promise<void> {
    await this.file.write((tx) => this.#lanes.catchUp(tx))
    this.#dispatcher.wake()
  }

  /** Somebody put a row in by a statement of their own. */
  refill(queue: string): void {
    this.#book.refill(queue)
    this.#dispatcher.wake()
  }

  async close(): Promise<void> {
    await this.#reconciler.close()
    await this.#dispatcher.close(this.#stopGraceMs)
  }

  async #unclaim(tx: Tx, queue: string): Promise<void> {
    const returned = await unclaim(tx, queue)
    if (returned === 0) return
    const recorded = this.#recorder.begin()
    recorded.shifts.add(queue, 'claimed', 'queued', null, returned)
    await this.#recorder.finish(tx, recorded)
  }

  #requeued(rows: readonly SentRow[]): void {
    for (const { queue, state } of rows) if (state === 'queued') this.#book.refill(queue)
    this.#dispatcher.wake()
  }

  #afterCommit(tx: Tx, change: () => void): void {
    tx.afterCommit(() => {
      change()
      this.#dispatcher.wake()
    })
  }
}
