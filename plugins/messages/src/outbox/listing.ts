import type { MessageSource, OutboxEntry, OutboxEntryQuery, OutboxState, Statements } from '@waqtor/contracts'
import { isProvenBy, provenBy } from './by-message.ts'
import { endedBadly, onItsWay } from './conditions.ts'

/* What others read of the outbox. */

const columns = `o.id, o.queue, o.part, o.chat_id AS chatId, o.state, o.reason, o.attempt, o.payload, o.body, o.message_id AS messageId,
  o.sent_at AS sentAt, o.delivered_at AS deliveredAt, o.read_at AS readAt`

export async function countByState(file: Statements, queue: string): Promise<Partial<Record<OutboxState, number>>> {
  const rows = await file.all<{ state: OutboxState; n: number }>(
    'SELECT state, count(*) AS n FROM outbox WHERE queue = ? GROUP BY state',
    [queue],
  )
  return Object.fromEntries(rows.map((it) => [it.state, it.n]))
}

/** By which index the rows in a state are found: one that holds little else. SQLite, which keeps no statistics, takes another. */
const ways: Partial<Record<OutboxState, readonly (readonly [index: string, where: string])[]>> = {
  queued: [
    ['outbox_todo', "o.state = 'queued' AND o.due_at IS NULL"],
    ['outbox_due', "o.state = 'queued' AND o.due_at IS NOT NULL"],
  ],
  sending: [['outbox_on_its_way', `${onItsWay} AND o.state = 'sending'`]],
  failed: [['outbox_ended', `${endedBadly} AND state = 'failed'`]],
  skipped: [['outbox_ended', `${endedBadly} AND state = 'skipped'`]],
  held: [['outbox_ended', `${endedBadly} AND state = 'held'`]],
}

/** Rows of a queue in their order. */
export async function entries(
  file: Statements,
  queue: string,
  { after, limit, state }: OutboxEntryQuery,
): Promise<OutboxEntry[]> {
  const here = (state && ways[state]) ?? [['outbox_page', state === undefined ? 'true' : `o.state = '${state}'`]]
  const found: OutboxEntry[] = []
  for (const [index, where] of here) {
    found.push(
      ...(await file.all<OutboxEntry>(
        `SELECT ${columns} FROM outbox o INDEXED BY ${index} WHERE o.queue = ? AND o.id > ? AND ${where} ORDER BY o.id LIMIT ?`,
        [queue, after, limit],
      )),
    )
  }
  return here.length === 1 ? found : found.sort((a, b) => a.id - b.id).slice(0, limit)
}

/** The rows with these ids, in their order. */
export function entriesOf(file: Statements, ids: readonly number[]): Promise<OutboxEntry[]> {
  return file.all<OutboxEntry>(
    `SELECT ${columns} FROM outbox o WHERE o.id IN (SELECT value FROM json_each(?)) ORDER BY o.id`,
    [JSON.stringify(ids)],
  )
}

/** How many rows of a queue ended otherwise than it should, by reason. */
export function reasons(
  file: Statements,
  queue: string,
): Promise<{ state: OutboxState; reason: string | null; count: number }[]> {
  return file.all(
    `SELECT state, reason, count(*) AS count FROM outbox
     WHERE queue = ? AND ${endedBadly} GROUP BY state, reason ORDER BY count DESC`,
    [queue],
  )
}

export async function byMessageId(
  file: Statements,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, OutboxEntry>> {
  const rows = await provenBy<OutboxEntry>(file, columns, messageIds)
  return new Map(rows.map((it) => [it.messageId!, it]))
}

/** The latest row of a source that reached each of these chats. */
export async function latestTo(
  file: Statements,
  source: MessageSource,
  chatIds: readonly string[],
): Promise<ReadonlyMap<string, OutboxEntry>> {
  const rows = await file.all<OutboxEntry>(
    `SELECT ${columns} FROM json_each(?) AS c
     JOIN messages m ON m.id = (SELECT max(id) FROM messages WHERE chat_id = c.value AND direction = 'out' AND source = ?)
     JOIN outbox o ON ${isProvenBy}`,
    [JSON.stringify(chatIds), source],
  )
  return new Map(rows.map((it) => [it.chatId, it]))
}
