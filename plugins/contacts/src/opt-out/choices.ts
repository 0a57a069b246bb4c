import type { EventLog, Tx } from '@waqtor/contracts'
import type { EventToken } from '@waqtor/kernel'
import { ContactOptedIn, ContactOptedOut, type Via } from '../contract.ts'
import { chatHash } from './chat-hash.ts'
import type { RecentOptOuts } from './recent.ts'
import {
  endOptOuts,
  type HashedChat,
  insertOptOuts,
  insertSharedOptOuts,
  type OptOutRow,
  type Said,
  type SharedOptOut,
} from './store.ts'

export function hashed(chatIds: readonly string[]): HashedChat[] {
  return chatIds.map((chatId) => ({ hash: chatHash(chatId), chatId }))
}

/** The one place where a choice is written: the list, the event and the memory always say the same. */
export class Choices {
  readonly #events: EventLog
  readonly #recent: RecentOptOuts

  constructor(events: EventLog, recent: RecentOptOuts) {
    this.#events = events
    this.#recent = recent
  }

  /** Opts chats out. Answers for how many that is new. */
  async optOut(tx: Tx, chatIds: readonly string[], said: Said): Promise<number> {
    return this.#optedOut(tx, await insertOptOuts(tx, hashed(chatIds), said), said)
  }

  /** Takes over opt-outs from other accounts. */
  async share(tx: Tx, chats: readonly SharedOptOut[]): Promise<void> {
    await this.#optedOut(tx, await insertSharedOptOuts(tx, chats), { via: 'everywhere' })
  }

  /** Takes opt-outs back. Answers for how many there was one. */
  async optIn(tx: Tx, chatIds: readonly string[], said: Said): Promise<number> {
    const rows = await endOptOuts(tx, chatIds.map(chatHash), said.at)
    await this.#record(tx, ContactOptedIn, rows, said)
    const hashes = rows.map((it) => it.chat_hash)
    tx.afterCommit(() => this.#recent.remove(tx.file, hashes))
    return rows.length
  }

  async #optedOut(tx: Tx, rows: readonly OptOutRow[], said: Omit<Said, 'at'>): Promise<number> {
    await this.#record(tx, ContactOptedOut, rows, said)
    const hashes = rows.map((it) => it.chat_hash)
    tx.afterCommit(() => this.#recent.add(tx.file, hashes))
    return rows.length
  }

  async #record(
    tx: Tx,
    event: EventToken<typeof ContactOptedOut.schema, 'recorded'>,
    rows: readonly OptOutRow[],
    { via, reason }: { readonly via: Via; readonly reason?: string | undefined },
  ): Promise<void> {
    // Of an erased person there is nobody to name.
    const chatIds = rows.flatMap((it) => it.chat_id ?? [])
    if (chatIds.length === 0) return
    const known = await tx.all<{ chat_id: string; contact_id: string }>(
      'SELECT c.chat_id, c.contact_id FROM json_each(?) j CROSS JOIN contacts c ON c.chat_id = j.value',
      [JSON.stringify(chatIds)],
    )
    const contacts = new Map(known.map((it) => [it.chat_id, it.contact_id]))
    await this.#events.recordAll(
      tx,
      event,
      chatIds.map((chatId) => ({
        contactId: contacts.get(chatId) ?? null,
        chatId,
        via,
        ...(reason !== undefined && { reason }),
      })),
    )
  }
}
