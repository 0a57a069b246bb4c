import {
  fail,
  type IncomingMessage,
  type MessageKind,
  type MessageSource,
  normalizeBody,
  type Statements,
  type Tx,
} from '@waqtor/contracts'
import { fold } from './fold.ts'
import { provenBy } from './outbox/by-message.ts'
import { inDoubtNow, onItsWay } from './outbox/conditions.ts'

// From row to row inside the database: the bodies need not come out of it and go back in. The kinds are compared one by one,
// for SQLite makes a table of a list, each time.
const asMessage = `INSERT OR IGNORE INTO messages (message_id, chat_id, direction, kind, body, has_media, status, source, timestamp, outbox_id)
  SELECT o.message_id, o.chat_id, 'out', o.kind, o.body,
    CASE o.kind WHEN 'image' THEN 1 WHEN 'video' THEN 1 WHEN 'audio' THEN 1 WHEN 'voice' THEN 1 WHEN 'document' THEN 1 WHEN 'sticker' THEN 1 ELSE 0 END,
    o.state, ?, o.sent_at, o.id`
// The network may have reported it before its own answer came.
const orName = 'ON CONFLICT (message_id) DO UPDATE SET outbox_id = excluded.outbox_id WHERE outbox_id IS NULL'
const insertOne = `${asMessage} FROM outbox AS o WHERE o.id = ? ${orName}`
const insertMany = `${asMessage} FROM json_each(?) AS v CROSS JOIN outbox AS o ON o.id = v.value WHERE true ${orName}`

/** Stores what the network has taken from us, as the rows of the outbox have it. Idempotent by message id. */
export async function insertSent(tx: Tx, source: MessageSource, ids: readonly number[]): Promise<void> {
  if (ids.length === 1) await tx.run(insertOne, [source, ids[0]!])
  else await tx.run(insertMany, [source, JSON.stringify(ids)])
}

/** Stores what came in, or was sent from the phone. Answers the ids that were new: a network may deliver twice. */
export async function insertReported(tx: Tx, messages: readonly IncomingMessage[]): Promise<ReadonlySet<string>> {
  const values = messages.map((it) => [
    it.messageId,
    it.chatId,
    it.fromMe ? null : it.from,
    it.fromMe ? null : (it.author ?? null),
    it.kind,
    it.body,
    it.hasMedia ? 1 : 0,
    it.quotedMessageId ?? null,
    it.timestamp,
    ...(it.fromMe ? ['out', 'sent', 'phone'] : ['in', null, null]),
  ])
  const rows = await tx.all<{ message_id: string }>(
    `INSERT OR IGNORE INTO messages (message_id, chat_id, sender, author, kind, body, has_media, quoted_message_id, timestamp,
       direction, status, source)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
       value ->> 9, value ->> 10, value ->> 11
     FROM jsonb_each(?) RETURNING message_id`,
    [JSON.stringify(values)],
  )
  return new Set(rows.map((it) => it.message_id))
}

/**
 * Which of these messages the outbox sent: their rows tell of them, and nobody else does. Where the network chose the id
 * itself, the row may not know it yet; then a row on its way to the chat with that text is taken for it.
 */
export async function echoes(file: Statements, messages: readonly IncomingMessage[]): Promise<ReadonlySet<string>> {
  const ids = await provenBy<{ message_id: string }>(
    file,
    'o.message_id',
    messages.map((it) => it.messageId),
  )
  const known = new Set(ids.map((it) => it.message_id))
  if (known.size === messages.length) return known
  const chats = JSON.stringify(messages.map((it) => it.chatId))
  // A row that waits for its acknowledgement knows its id already. Both halves name the conditions of their indexes.
  const underWay = await file.all<{ chat_id: string; body: string }>(
    `SELECT chat_id, body FROM outbox WHERE ${onItsWay} AND state = 'sending' AND chat_id IN (SELECT value FROM json_each(?))
     UNION ALL SELECT chat_id, body FROM outbox WHERE ${inDoubtNow} AND state <> 'waiting'
       AND chat_id IN (SELECT value FROM json_each(?))`,
    [chats, chats],
  )
  const texts = new Set(underWay.map((it) => `${it.chat_id}\n${normalizeBody(it.body)}`))
  for (const it of messages) if (texts.has(`${it.chatId}\n${normalizeBody(it.body)}`)) known.add(it.messageId)
  return known
}

/** Moves messages of ours forward. */
export async function setStatus(
  tx: Tx,
  changes: readonly { readonly messageId: string; readonly status: string }[],
): Promise<void> {
  if (changes.length === 0) return
  await tx.run(
    `UPDATE messages SET status = v.status
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS status FROM jsonb_each(?)) AS v
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
  readonly kind: MessageKind
  readonly body: string
  readonly has_media: number
  readonly quoted_message_id: string | null
  readonly status: string | null
  readonly source: MessageSource | null
  readonly timestamp: number
  readonly edited_at: number | null
  readonly deleted_at: number | null
}

const columns =
  'm.id, m.message_id, m.chat_id, m.direction, m.sender, m.author, m.kind, m.body, m.has_media, m.quoted_message_id, m.status, m.source, m.timestamp, m.edited_at, m.deleted_at'

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

/** @throws WaqtorError WAQ_NOT_FOUND (404) */
export async function requireMessage(file: Statements, messageId: string): Promise<StoredMessage> {
  const row = await selectMessage(file, messageId)
  if (!row) throw fail('WAQ_NOT_FOUND', `there is no message '${messageId}'`)
  return row
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
