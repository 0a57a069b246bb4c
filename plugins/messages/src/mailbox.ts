import type {
  ChatFact,
  DatabaseFile,
  EventLog,
  IncomingMessage,
  MessageChange,
  Messaging,
  OutgoingDraft,
  Session,
} from '@waqtor/contracts'
import type { Logger, WaterfallHook } from '@waqtor/kernel'
import type { Waiters } from './direct/waiters.ts'
import { receive } from './inbox/inbox.ts'
import { PhoneAcks } from './inbox/phone-acks.ts'
import type { Witnesses } from './inbox/witnesses.ts'
import { Indexer } from './indexer.ts'
import { Ahead } from './media/ahead.ts'
import type { Gates } from './outbox/gates.ts'
import { InstanceOutbox, type OutboxTiming } from './outbox/instance-outbox.ts'
import type { Lanes } from './outbox/lanes.ts'
import type { EpochWitness } from './outbox/ownership.ts'
import type { SentRow } from './outbox/rows.ts'
import { provenStates } from './outbox/state.ts'
import { Stats, type StatsEmitter, type StatsNow } from './stats.ts'

export interface MailboxOptions {
  readonly instance: string
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly lanes: Lanes
  readonly gates: Gates
  readonly witness: EpochWitness
  readonly waiters: Waiters
  readonly witnesses: Witnesses
  readonly hooks: { readonly incoming: Messaging['hooks']['incoming']; readonly outgoing: WaterfallHook<OutgoingDraft> }
  readonly log: Logger
  readonly timing: OutboxTiming
  /** Direct sends under way at once. */
  readonly inFlight: number
  readonly stats: StatsEmitter
  /** Fetches the file of a message that has just come in. Absent: files are fetched when somebody asks. */
  readonly fetchAhead?: ((instance: string, messageId: string, signal: AbortSignal) => Promise<void>) | undefined
}

/** Everything of this plugin that belongs to one instance. */
export class Mailbox {
  readonly file: DatabaseFile
  readonly outbox: InstanceOutbox
  readonly indexer: Indexer
  readonly #options: MailboxOptions
  readonly #stats: Stats
  readonly #phoneAcks: PhoneAcks
  readonly #ahead: Ahead | undefined

  private constructor(
    options: MailboxOptions,
    outbox: InstanceOutbox,
    indexer: Indexer,
    stats: Stats,
    phoneAcks: PhoneAcks,
  ) {
    this.file = options.file
    this.outbox = outbox
    this.indexer = indexer
    this.#options = options
    this.#stats = stats
    this.#phoneAcks = phoneAcks
    const { fetchAhead, instance, log } = options
    this.#ahead = fetchAhead && new Ahead((id, signal) => fetchAhead(instance, id, signal), log)
  }

  static async open(options: MailboxOptions): Promise<Mailbox> {
    const indexer = new Indexer(options.file)
    const stats = new Stats(options.stats)
    const moved = (rows: readonly SentRow[]) => {
      const sent = rows.filter((it) => it.state === 'sent').length
      stats.add('sent', sent)
      stats.add('failed', rows.filter((it) => it.state === 'failed').length)
      if (rows.some((it) => provenStates.has(it.state))) indexer.poke()
      options.waiters.tell(options.instance, rows)
    }
    const outbox = await InstanceOutbox.open({ ...options, outgoing: options.hooks.outgoing, moved })
    const phoneAcks = await PhoneAcks.open(options.file, options.events)
    const mailbox = new Mailbox(options, outbox, indexer, stats, phoneAcks)
    indexer.poke()
    return mailbox
  }

  attach(session: Session): void {
    this.outbox.attach(session)
  }

  /**
   * Takes a batch of facts, in order. Messages and changes are durable when it resolves; acknowledgements of what the
   * outbox sent follow with the next turn.
   */
  async take(facts: readonly ChatFact[]): Promise<void> {
    const at = Date.now()
    const acks = facts.flatMap((it) => (it.type === 'ack' ? [{ messageId: it.messageId, ack: it.ack, at }] : []))
    if (acks.length > 0) this.outbox.acknowledge(acks)
    const messages = facts.flatMap((it) => (it.type === 'message' ? [it.message] : []))
    const changes = facts.filter((it) => it.type !== 'ack' && it.type !== 'message')
    if (messages.length + changes.length > 0) await this.#receive(messages, changes)
    await this.#phoneAcks.take(acks)
  }

  async #receive(messages: readonly IncomingMessage[], changes: readonly MessageChange[]): Promise<void> {
    const { instance, events, hooks, witnesses } = this.#options
    const inbox = { file: this.file, events, incoming: hooks.incoming, witnesses }
    const { received, sent } = await receive(instance, messages, changes, inbox)
    this.#stats.add('received', received.length)
    this.#stats.add('sent', sent.length)
    if (sent.length > 0) this.#phoneAcks.sent()
    if (received.length + sent.length > 0) this.indexer.poke()
    this.#ahead?.want(received.filter((it) => it.hasMedia).map((it) => it.messageId))
  }

  /** Lets the live counters begin anew. */
  resetStats(): StatsNow {
    return this.#stats.reset()
  }

  /** What went through since the account was opened, and what waits in the outbox. */
  async numbers() {
    return { ...this.#stats.present(), outbox: await this.outbox.depth.read() }
  }

  async close(): Promise<void> {
    await this.#ahead?.close()
    this.#stats.close()
    await this.outbox.close()
    await this.indexer.close()
  }
}
