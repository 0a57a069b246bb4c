import { fail } from '@waqtor/contracts'
import type { Chat, Message } from './contract.ts'
import type { Mailboxes } from './mailboxes.ts'
import {
  type StoredMessage,
  searchByWords,
  selectChat,
  selectChats,
  selectMessage,
  selectMessages,
} from './message-store.ts'

interface Paging {
  readonly instance: string
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The reading side: pages by keyset, so that the last page costs what the first does. */
export class Reading {
  readonly #mailboxes: Mailboxes
  readonly #normalize: (address: string) => string

  constructor(mailboxes: Mailboxes, normalize: (address: string) => string) {
    this.#mailboxes = mailboxes
    this.#normalize = normalize
  }

  async list(query: Paging & { readonly chatId?: string | undefined; readonly direction?: 'in' | 'out' | undefined }) {
    const { file } = this.#mailboxes.of(query.instance)
    const rows = await selectMessages(file, {
      ...this.#window(query),
      ...(query.direction && { direction: query.direction }),
    })
    return pageOf(rows, query.limit, toMessage)
  }

  async search(query: Paging & { readonly query: string; readonly chatId?: string | undefined }) {
    const { file, indexer } = this.#mailboxes.of(query.instance)
    await indexer.catchUp()
    return pageOf(await searchByWords(file, query.query, this.#window(query)), query.limit, toMessage)
  }

  async get({ instance, messageId }: { readonly instance: string; readonly messageId: string }): Promise<Message> {
    const row = await selectMessage(this.#mailboxes.of(instance).file, messageId)
    if (!row) throw fail('WAQ_NOT_FOUND', `there is no message '${messageId}'`)
    return toMessage(row)
  }

  async chats(query: Paging) {
    const { file, indexer } = this.#mailboxes.of(query.instance)
    await indexer.catchUp()
    const { before, limit } = this.#window(query)
    return pageOf(await selectChats(file, before, limit), query.limit, toChat)
  }

  async chat({ instance, chatId }: { readonly instance: string; readonly chatId: string }): Promise<Chat> {
    const row = await selectChat(this.#mailboxes.of(instance).file, this.#normalize(chatId))
    if (!row) throw fail('WAQ_NOT_FOUND', `there is no chat with '${chatId}'`)
    return toChat(row)
  }

  #window({ limit, cursor, chatId }: Paging & { readonly chatId?: string | undefined }) {
    return { before: decodeCursor(cursor), limit: limit + 1, ...(chatId && { chatId: this.#normalize(chatId) }) }
  }
}

/** One row more than asked for was read: it tells whether there is a next page. */
function pageOf<T>(
  rows: readonly StoredMessage[],
  limit: number,
  convert: (row: StoredMessage) => T,
): { items: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(convert), nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null }
}

function encodeCursor(id: number): string {
  return Buffer.from(`m${id}`).toString('base64url')
}

function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const match = /^m(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of ours')
  return Number(match[1])
}

function toMessage(row: StoredMessage): Message {
  return {
    messageId: row.message_id,
    chatId: row.chat_id,
    direction: row.direction,
    from: row.sender,
    author: row.author,
    kind: row.kind as Message['kind'],
    body: row.body,
    hasMedia: row.has_media === 1,
    quotedMessageId: row.quoted_message_id,
    status: row.status as Message['status'],
    source: row.source,
    timestamp: row.timestamp,
  }
}

function toChat(row: StoredMessage): Chat {
  return {
    chatId: row.chat_id,
    isGroup: row.chat_id.endsWith('@g.us'),
    lastMessage: { messageId: row.message_id, body: row.body, direction: row.direction, timestamp: row.timestamp },
  }
}
