import type { ChatFact, DatabaseFile, EventLog, Messaging, OutgoingDraft, Session } from '@waqtor/contracts'
import type { Logger, WaterfallHook } from '@waqtor/kernel'
import type { Waiters } from './direct/waiters.ts'
import { receive } from './inbox/inbox.ts'
import type { Witnesses } from './inbox/witnesses.ts'
import { Indexer } from './indexer.ts'
import type { Gates } from './outbox/gates.ts'
import { InstanceOutbox, type OutboxTiming } from './outbox/instance-outbox.ts'
import type { Lanes } from './outbox/lanes.ts'
import type { EpochWitness } from './outbox/ownership.ts'
import type { SentRow } from './outbox/rows.ts'
import { provenStates } from './outbox/state.ts'
import { Stats, type StatsEmitter } from './stats.ts'

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
}

/** Everything of this plugin that belongs to one instance. */
export class Mailbox {
  readonly file: DatabaseFile
  readonly outbox: InstanceOutbox
  readonly indexer: Indexer
  readonly #options: MailboxOptions
  readonly #stats: Stats

  private constructor(options: MailboxOptions, outbox: InstanceOutbox, indexer: Indexer, stats: Stats) {
    this.file = options.file
    this.outbox = outbox
    this.indexer = indexer
    this.#options = options
    this.#stats = stats
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
    const mailbox = new Mailbox(options, outbox, indexer, stats)
    indexer.poke()
    return mailbox
  }

  attach(session: Session): void {
    this.outbox.attach(session)
  }

  /** Takes a batch of facts, in order. Messages are durable when it resolves; acknowledgements follow with the next turn. */
  async take(facts: readonly ChatFact[]): Promise<void> {
    const at = Date.now()
    const acks = facts.flatMap((it) => (it.type === 'ack' ? [{ messageId: it.messageId, ack: it.ack, at }] : []))
    if (acks.length > 0) this.outbox.acknowledge(acks)
    const messages = facts.flatMap((it) => (it.type === 'message' ? [it.message] : []))
    if (messages.length === 0) return
    const { instance, events, hooks, witnesses } = this.#options
    this.#stats.add(
      'received',
      await receive(instance, messages, { file: this.file, events, incoming: hooks.incoming, witnesses }),
    )
    this.indexer.poke()
  }

  async close(): Promise<void> {
    this.#stats.close()
    await this.outbox.close()
    await this.indexer.close()
  }
}
