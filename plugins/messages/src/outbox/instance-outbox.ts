import type {
  DatabaseFile,
  EventLog,
  OutboxEntry,
  OutboxEntryQuery,
  OutboxQueue,
  OutboxRecipient,
  OutgoingDraft,
  Session,
  Tx,
} from '@waqtor/contracts'
import type { Logger, WaterfallHook } from '@waqtor/kernel'
import { type HeldDecision, resolveHeld, retryFailed } from './decisions.ts'
import { Depth } from './depth.ts'
import { Dispatcher } from './dispatcher.ts'
import { endSome } from './dooming.ts'
import type { Gates } from './gates.ts'
import type { Lanes } from './lanes.ts'
import { entries, entriesOf } from './listing.ts'
import { Numbers } from './numbers.ts'
import { type EpochWitness, Ownership, takeOver } from './ownership.ts'
import { directQueue, QueueBook } from './queue-book.ts'
import { Reconciler } from './reconciler.ts'
import { type AckFact, type Recorded, Recorder } from './recorder.ts'
import type { SentRow } from './rows.ts'
import { add, type Doom, queues, saveQueue, setOpen } from './store.ts'

export interface InstanceOutboxOptions {
  readonly instance: string
  readonly file: DatabaseFile
  readonly witness: EpochWitness
  readonly events: EventLog
  readonly lanes: Lanes
  readonly gates: Gates
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

/** What was found when the file was taken over. */
interface Taken {
  readonly epoch: number
  readonly book: QueueBook
  readonly doomed: ReadonlyMap<string, Doom>
}

/** The outbox of one instance: its file taken over, its queues, its dispatcher and its reconciler. */
export class InstanceOutbox {
  readonly file: DatabaseFile
  readonly numbers: Numbers
  /** How many rows wait, are under way or in doubt. */
  readonly depth: Depth
  readonly #lanes: Lanes
  readonly #book: QueueBook
  readonly #ownership: Ownership
  readonly #recorder: Recorder
  readonly #dispatcher: Dispatcher
  readonly #reconciler: Reconciler
  readonly #stopGraceMs: number
  #pairing: string | undefined

  private constructor(options: InstanceOutboxOptions, { epoch, book, doomed }: Taken) {
    const { file, events, lanes, timing, log } = options
    this.file = file
    this.numbers = new Numbers(file)
    this.#lanes = lanes
    this.#book = book
    this.#stopGraceMs = timing.stopGraceMs
    this.#ownership = new Ownership(epoch)
    this.depth = new Depth(file)
    this.#recorder = new Recorder(events, lanes, this.depth)
    const common = { file, ownership: this.#ownership, recorder: this.#recorder, log }
    this.#dispatcher = new Dispatcher({
      ...options,
      ...common,
      book,
      doomed,
      numbers: this.numbers,
      inDoubt: () => this.#reconciler.poke(),
      sendTimeoutMs: timing.sendTimeoutMs,
    })
    this.#reconciler = new Reconciler({
      ...timing,
      ...common,
      policyOf: (queue) => book.get(queue)?.settings.onUnknown ?? 'hold',
      moved: (rows) => {
        options.moved(rows)
        for (const { queue, state } of rows) if (state === 'queued') book.rewind(queue)
        this.#dispatcher.wake()
      },
    })
  }

  /** Takes the file over from whoever had it and begins to work on it. */
  static async open(options: InstanceOutboxOptions): Promise<InstanceOutbox> {
    const { file, witness, lanes, log } = options
    await file.write((tx) =>
      saveQueue(tx, { id: directQueue, source: 'api', open: true, inFlight: options.inFlight, gapMs: 0 }),
    )
    for (const { id, source } of await queues(file)) lanes.bind(id, source)
    const before = await file.get<{ epoch: number }>('SELECT epoch FROM outbox_owner')
    const restored = await witness.tellsOfRestore(before!.epoch)
    if (restored) log.warn('the database was restored: every campaign is paused, and what waits is looked for first')
    const epoch = await file.write((tx) => takeOver(tx, lanes, restored))
    await witness.write(epoch)

    const book = new QueueBook()
    const doomed = new Map<string, Doom>()
    for (const { doomed: doom, ...queue } of await queues(file)) {
      book.put(queue)
      if (doom) doomed.set(queue.id, doom)
    }
    return new InstanceOutbox(options, { epoch, book, doomed })
  }

  /** @param session with whose chats rows are sent and looked for from now on */
  attach(session: Session): void {
    this.#remember(session.pairing).catch(() => {
      // The disk says so itself, and a later connection tries again.
    })
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
    await this.#ownership.require(tx)
    await saveQueue(tx, queue)
    this.#lanes.bind(queue.id, queue.source)
    this.#afterCommit(tx, () => {
      if (!queue.open) this.#dispatcher.close(queue.id)
      this.#book.put(queue)
    })
  }

  async openQueue(tx: Tx, queue: string, open: boolean): Promise<void> {
    await this.#ownership.require(tx)
    await setOpen(tx, queue, open)
    this.#afterCommit(tx, () => {
      if (open) this.#book.setOpen(queue, true)
      else this.#dispatcher.close(queue)
    })
  }

  async add(tx: Tx, queue: string, recipients: readonly OutboxRecipient[]): Promise<ReadonlyMap<number, number>> {
    await this.#ownership.require(tx)
    const added = await add(tx, queue, recipients, Date.now())
    this.#afterCommit(tx, () => {
      for (const count of added.values()) this.depth.added(count)
      this.#book.refill(queue)
    })
    return added
  }

  cancel(tx: Tx, queue: string): Promise<void> {
    return this.#end(tx, queue, 'cancel')
  }

  async drop(tx: Tx, queue: string): Promise<void> {
    await this.#end(tx, queue, 'drop')
    this.#afterCommit(tx, () => {
      this.#dispatcher.close(queue)
      this.#book.forget(queue)
    })
  }

  resolveHeld(tx: Tx, queue: string, decision: HeldDecision, ids?: readonly number[]): Promise<number> {
    return this.#decide(tx, queue, (recorded) => resolveHeld(tx, queue, decision, ids, this.#recorder, recorded))
  }

  retryFailed(tx: Tx, queue: string): Promise<number> {
    return this.#decide(tx, queue, (recorded) => retryFailed(tx, queue, recorded))
  }

  /** The chat id under which the network knows a number; `null` when it does not. Asked once a week. */
  async checkNumber(session: Session, chatId: string): Promise<string | null> {
    const knownAs = await this.numbers.knownAs(session, chatId)
    this.#dispatcher.wake()
    return knownAs
  }

  /** Takes one row back that has not begun. */
  async withdraw(tx: Tx, id: number): Promise<void> {
    const recorded = this.#recorder.begin()
    const withdrawn = { id, queue: directQueue, from: 'queued', to: 'cancelled', reason: 'session-not-ready' } as const
    await this.#recorder.steps(tx, [withdrawn], recorded)
    await this.#recorder.finish(tx, recorded)
  }

  /** Rows of a queue in their order, with the claims of this process. */
  async entries(queue: string, query: OutboxEntryQuery): Promise<OutboxEntry[]> {
    if (query.state === undefined) {
      const claimed = new Set(this.#dispatcher.claimed(queue))
      return (await entries(this.file, queue, query)).map((it) => asClaimed(it, claimed))
    }
    if (query.state !== 'claimed') return entries(this.file, queue, query)
    const claimed = new Set(this.#dispatcher.claimed(queue).filter((it) => it > query.after))
    const rows = await entriesOf(this.file, [...claimed].slice(0, query.limit))
    return rows.map((it) => asClaimed(it, claimed)).filter((it) => it.state === 'claimed')
  }

  /** A lane is there, or came: tells it what it missed, and takes up its rows. */
  async laneCame(): Promise<void> {
    await this.file.write((tx) => this.#lanes.catchUp(tx))
    for (const id of this.#book.ids()) this.#book.rewind(id)
    this.#dispatcher.wake()
  }

  /** Somebody put one row in by a statement of their own, and it is committed. */
  refill(queue: string): void {
    this.depth.added(1)
    this.#book.refill(queue)
    this.#dispatcher.wake()
  }

  async close(): Promise<void> {
    await this.#reconciler.close()
    await this.#dispatcher.end(this.#stopGraceMs)
  }

  async #end(tx: Tx, queue: string, doom: Doom): Promise<void> {
    await this.#ownership.require(tx)
    const recorded = this.#recorder.begin()
    const isDone = await endSome(tx, queue, doom, recorded)
    await this.#recorder.finish(tx, recorded)
    if (!isDone) tx.afterCommit(() => this.#dispatcher.doom(queue, doom))
  }

  async #decide(tx: Tx, queue: string, decide: (recorded: Recorded) => Promise<number>): Promise<number> {
    await this.#ownership.require(tx)
    const recorded = this.#recorder.begin()
    const count = await decide(recorded)
    await this.#recorder.finish(tx, recorded)
    this.#afterCommit(tx, () => this.#book.rewind(queue))
    return count
  }

  /** A backup of the file says with it under which pairing its rows could have been sent. */
  async #remember(pairing: string): Promise<void> {
    if (this.#pairing === pairing) return
    await this.file.write((tx) => tx.run('UPDATE outbox_owner SET pairing = ?', [pairing]))
    this.#pairing = pairing
  }

  #afterCommit(tx: Tx, change: () => void): void {
    tx.afterCommit(() => {
      change()
      this.#dispatcher.wake()
    })
  }
}

function asClaimed(entry: OutboxEntry, claimed: ReadonlySet<number>): OutboxEntry {
  return entry.state === 'queued' && claimed.has(entry.id) ? { ...entry, state: 'claimed' } : entry
}
