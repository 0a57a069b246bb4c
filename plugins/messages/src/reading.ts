import { fail, type Statements } from '@waqtor/contracts'
import { type Marks, marksOf, noMarks } from './changes/marks.ts'
import type { Chat, Message } from './contract.ts'
import type { Mailboxes } from './mailboxes.ts'
import {
  requireMessage,
  type StoredMessage,
  searchByWords,
  selectChat,
  selectChats,
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
    return pageOf(rows, query.limit, await withMarks(file, rows))
  }

  async search(query: Paging & { readonly query: string; readonly chatId?: string | undefined }) {
    const { file, indexer } = this.#mailboxes.of(query.instance)
    await indexer.catchUp()
    const rows = await searchByWords(file, query.query, this.#window(query))
    return pageOf(rows, query.limit, await withMarks(file, rows))
  }

  async get({ instance, messageId }: { readonly instance: string; readonly messageId: string }): Promise<Message> {
    const { file } = this.#mailboxes.of(instance)
    const row = await requireMessage(file, messageId)
    return (await withMarks(file, [row]))(row)
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

/** What turns rows into messages, with what people left on them. */
async function withMarks(file: Statements, rows: readonly StoredMessage[]): Promise<(row: StoredMessage) => Message> {
  const marks = await marksOf(
    file,
    rows.map((it) => it.message_id),
  )
  return (row) => toMessage(row, marks.get(row.message_id) ?? noMarks)
}

function toMessage(row: StoredMessage, { reactions, votes }: Marks): Message {
  return {
    messageId: row.message_id,
    chatId: row.chat_id,
    direction: row.direction,
    from: row.sender,
    author: row.author,
    kind: row.kind,
    body: row.body,
    hasMedia: row.has_media === 1,
    quotedMessageId: row.quoted_message_id,
    status: row.status as Message['status'],
    source: row.source,
    timestamp: row.timestamp,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    reactions,
    votes,
  }
}

function toChat(row: StoredMessage): Chat {
  return {
    chatId: row.chat_id,
    isGroup: row.chat_id.endsWith('@g.us'),
    lastMessage: { messageId: row.message_id, body: row.body, direction: row.direction, timestamp: row.timestamp },
  }
}
