import { setTimeout as pause } from 'node:timers/promises'
import type { Database, EventReader, InstanceObserver, Statements } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { ContactOptedOut } from '../contract.ts'
import { chatHash } from './chat-hash.ts'
import type { Choices } from './choices.ts'

export interface EverywhereOptions {
  readonly database: Database
  readonly choices: Choices
  readonly log: Logger
  /** Pause before a copy that failed is tried again, in milliseconds. */
  readonly retryMs: number
}

/** An open account and the copies to it, one after another. */
interface Target {
  readonly stop: AbortController
  copies: Promise<void>
}

const BATCH = 1_000

/**
 * Brings an opt-out from the account where it was said to all others. No transaction spans two files, so it goes in two
 * steps, each with a mark of its own: a reader of the logs puts it into the host's file together with its cursor, and every
 * account's file takes over from there what it has not, together with how far it came. A new account gets all of them.
 */
export class Everywhere implements EventReader, InstanceObserver {
  readonly name = 'contacts.everywhere'
  readonly types = [ContactOptedOut.id]
  readonly #options: EverywhereOptions
  readonly #targets = new Map<string, Target>()

  constructor(options: EverywhereOptions) {
    this.#options = options
  }

  handle: EventReader['handle'] = async (tx, _log, events) => {
    const said = events.flatMap(({ data, time }) => {
      const { chatId, via } = ContactOptedOut.schema.parse(data)
      // What came from here must not go round.
      return via === 'everywhere' ? [] : [[chatHash(chatId), chatId, Date.parse(time)]]
    })
    if (said.length === 0) return
    await tx.run(
      `INSERT OR REPLACE INTO opt_outs_shared (chat_hash, chat_id, at)
       SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?)`,
      [JSON.stringify(said)],
    )
    tx.afterCommit(() => this.#copy())
  }

  /** Before anything is sent from an account, it knows what was said elsewhere. */
  opened = async (instance: string): Promise<void> => {
    if (!this.#targets.has(instance))
      this.#targets.set(instance, { stop: new AbortController(), copies: Promise.resolve() })
    await this.#contribute(instance)
    await this.#takeOver(instance)
  }

  closed = async (instance: string): Promise<void> => {
    const target = this.#targets.get(instance)
    this.#targets.delete(instance)
    target?.stop.abort()
    await target?.copies
  }

  /** Resolves when no copy is under way any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#targets.keys()].map(this.closed))
  }

  #copy(): void {
    for (const [instance, target] of this.#targets)
      target.copies = target.copies.then(() => this.#insist(instance, target.stop.signal))
  }

  /** What an account knows from before opt-outs were shared, or from a log that is no longer kept so far back. */
  async #contribute(instance: string): Promise<void> {
    const { database } = this.#options
    const file = await database.open(instance)
    const host = await database.open('host')
    let after = ''
    for (;;) {
      const rows = await file.all<{ chat_hash: string; chat_id: string | null; at: number }>(
        `SELECT chat_hash, chat_id, at FROM opt_outs
         WHERE chat_hash > ? AND ended_at IS NULL AND via <> 'everywhere' ORDER BY chat_hash LIMIT ?`,
        [after, BATCH],
      )
      const last = rows.at(-1)
      if (!last) return
      await host.write(async (tx) => {
        const { changes } = await tx.run(
          `INSERT OR IGNORE INTO opt_outs_shared (chat_hash, chat_id, at)
           SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?)`,
          [JSON.stringify(rows.map((it) => [it.chat_hash, it.chat_id, it.at]))],
        )
        if (changes > 0) tx.afterCommit(() => this.#copy())
      })
      after = last.chat_hash
    }
  }

  async #insist(instance: string, signal: AbortSignal): Promise<void> {
    const { log, retryMs } = this.#options
    while (!signal.aborted) {
      try {
        return await this.#takeOver(instance)
      } catch (error) {
        log.warn('opt-outs of other accounts cannot be taken over yet', { instance, problem: messageOf(error) })
        await pause(retryMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  async #takeOver(instance: string): Promise<void> {
    const { database, choices } = this.#options
    const host = await database.open('host')
    const file = await database.open(instance)
    for (;;) {
      const from = await through(file)
      const rows = await host.all<{ id: number; chat_hash: string; chat_id: string | null; at: number }>(
        'SELECT * FROM opt_outs_shared WHERE id > ? ORDER BY id LIMIT ?',
        [from, BATCH],
      )
      const last = rows.at(-1)
      if (!last) return
      await file.write(async (tx) => {
        // Two copies may have read the same; whoever comes second finds nothing new to do.
        await choices.share(
          tx,
          rows.map((it) => ({ hash: it.chat_hash, chatId: it.chat_id, at: it.at })),
        )
        await tx.run('UPDATE opt_outs_shared_through SET id = max(id, ?)', [last.id])
      })
    }
  }
}

/** The host's part of erasing a person. */
export async function forgetShared(database: Database, hash: string): Promise<void> {
  const host = await database.open('host')
  await host.write((tx) => tx.run('UPDATE opt_outs_shared SET chat_id = NULL WHERE chat_hash = ?', [hash]))
}

/** The mark is made with its table. */
async function through(file: Statements): Promise<number> {
  const row = await file.get<{ id: number }>('SELECT id FROM opt_outs_shared_through')
  return row!.id
}
