import type { IncomingMessage, MessageSource, Statements, Tx } from '@waqtor/contracts'
import { fold } from './fold.ts'

/** Stores what the network has taken from us, as the rows of the outbox have it. Idempotent by message id. */
export async function insertSent(
  tx: Tx,
  rows: readonly { readonly id: number; readonly source: MessageSource }[],
): Promise<void> {
  if (rows.length === 0) return
  // From row to row inside the database: the bodies need not come out of it and go back in.
  await tx.run(
    `INSERT OR IGNORE INTO messages (message_id, chat_id, direction, kind, body, has_media, status, source, timestamp)
     SELECT o.message_id, o.chat_id, 'out', o.kind, o.body, o.kind <> 'text', o.state, v.value ->> 1, o.sent_at
     FROM json_each(?) AS v CROSS JOIN outbox AS o ON o.id = v.value ->> 0`,
    [JSON.stringify(rows.map((it) => [it.id, it.source]))],
  )
}

/** Stores what came in. Answers the ids that were new: a network may deliver twice. */
export async function insertReceived(tx: Tx, messages: readonly IncomingMessage[]): Promise<ReadonlySet<string>> {
  const values = messages.map((it) => [
    it.messageId,
    it.chatId,
    it.from,
    it.author ?? null,
    it.kind,
    it.body,
    it.hasMedia ? 1 : 0,
    it.quotedMessageId ?? null,
    it.timestamp,
  ])
  const rows = await tx.all<{ message_id: string }>(
    `INSERT OR IGNORE INTO messages (message_id, chat_id, direction, sender, author, kind, body, has_media, quoted_message_id, timestamp)
     SELECT value ->> 0, value ->> 1, 'in', value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8
     FROM json_each(?) RETURNING message_id`,
    [JSON.stringify(values)],
  )
  return new Set(rows.map((it) => it.message_id))
}

/** Moves messages of ours forward. */
export async function setStatus(
  tx: Tx,
  changes: readonly { readonly messageId: string; readonly status: string }[],
): Promise<void> {
  if (changes.length === 0) return
  await tx.run(
    `UPDATE messages SET status = v.status
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS status FROM json_each(?)) AS v
     WHERE messages.message_id = v.id AND messages.direction = 'out'`,
    [JSON.stringify(changes.map((it) => [it.messageId, it.status]))],
  )
}

export interface StoredMessage {
  readonly id: number
  readonly message_id: string
  readonly chat_id: string
  readonly direction: 'in' | 'out'
  readonly sender: string | null
  readonly author: string | null
  readonly kind: string
  readonly body: string
  readonly has_media: number
  readonly quoted_message_id: string | null
  readonly status: string | null
  readonly source: MessageSource | null
  readonly timestamp: number
}

const columns =
  'm.id, m.message_id, m.chat_id, m.direction, m.sender, m.author, m.kind, m.body, m.has_media, m.quoted_message_id, m.status, m.source, m.timestamp'

export interface MessageQuery {
  /** Row id; rows before it. */
  readonly before: number
  readonly limit: number
  readonly chatId?: string
  readonly direction?: 'in' | 'out'
}

/** Newest first, by keyset. */
export function selectMessages(
  file: Statements,
  { before, limit, chatId, direction }: MessageQuery,
): Promise<StoredMessage[]> {
  const conditions = ['m.id < ?', ...(chatId ? ['m.chat_id = ?'] : []), ...(direction ? ['m.direction = ?'] : [])]
  const params = [before, ...(chatId ? [chatId] : []), ...(direction ? [direction] : []), limit]
  return file.all(
    `SELECT ${columns} FROM messages m WHERE ${conditions.join(' AND ')} ORDER BY m.id DESC LIMIT ?`,
    params,
  )
}

export function selectMessage(file: Statements, messageId: string): Promise<StoredMessage | undefined> {
  return file.get(`SELECT ${columns} FROM messages m WHERE m.message_id = ?`, [messageId])
}

/** Messages that contain every word of the query, the last one as a beginning; newest first. */
export function searchByWords(
  file: Statements,
  query: string,
  { before, limit, chatId }: Omit<MessageQuery, 'direction'>,
): Promise<StoredMessage[]> {
  // Each word as a quoted string: nothing a person types is taken for the search language.
  const words = fold(query)
    .trim()
    .split(/\s+/u)
    .map((it) => `"${it.replaceAll('"', '""')}"`)
  return file.all(
    `SELECT ${columns} FROM messages_words w JOIN messages m ON m.id = w.rowid
     WHERE messages_words MATCH ? AND w.rowid < ?${chatId ? ' AND m.chat_id = ?' : ''} ORDER BY w.rowid DESC LIMIT ?`,
    [`${words.join(' ')}*`, before, ...(chatId ? [chatId] : []), limit],
  )
}

/** Chats with their last message, the latest active first. */
export function selectChats(file: Statements, before: number, limit: number): Promise<StoredMessage[]> {
  return file.all(
    `SELECT ${columns} FROM chats c JOIN messages m ON m.id = c.last_id WHERE c.last_id < ? ORDER BY c.last_id DESC LIMIT ?`,
    [before, limit],
  )
}

export function selectChat(file: Statements, chatId: string): Promise<StoredMessage | undefined> {
  return file.get(`SELECT ${columns} FROM messages m WHERE m.chat_id = ? ORDER BY m.id DESC LIMIT 1`, [chatId])
}
