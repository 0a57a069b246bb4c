import type { OutboxState, Statements } from '@waqtor/contracts'
import { begunOnly } from './conditions.ts'

/*
 * Which rows messages prove. One WhatsApp message proves one row only.
 *
 * Rows on their way are found by an index that holds only them, those that arrived through the history, which knows the row of
 * each message of ours. An index of all ids a second time would cost every message a page of its commit.
 */

/** Joins a row `o` to its message `m`. A row that is sent once more has another message. */
export const isProvenBy = 'o.id = m.outbox_id AND o.message_id = m.message_id'

/** The rows, as `o`, that these message ids prove. */
export function provenBy<Row>(file: Statements, columns: string, messageIds: readonly string[]): Promise<Row[]> {
  const list = JSON.stringify(messageIds)
  return file.all<Row>(
    `SELECT ${columns} FROM outbox o WHERE o.message_id IN (SELECT value FROM json_each(?)) AND ${begunOnly}
     UNION ALL
     SELECT ${columns} FROM messages m JOIN outbox o ON ${isProvenBy} AND o.sent_at IS NOT NULL
     WHERE m.message_id IN (SELECT value FROM json_each(?))`,
    [list, list],
  )
}

export interface AcknowledgedRow {
  readonly id: number
  readonly queue: string
  readonly state: OutboxState
  readonly message_id: string
}

/** What an acknowledgement of these messages needs to know of their rows. */
export function acknowledgedBy(file: Statements, messageIds: readonly string[]): Promise<AcknowledgedRow[]> {
  return provenBy(file, 'o.id, o.queue, o.state, o.message_id', messageIds)
}

/** Which of these message ids prove a row other than `except`, or have proved one, already. */
export async function takenIds(file: Statements, ids: readonly string[], except: number): Promise<ReadonlySet<string>> {
  const list = JSON.stringify(ids)
  const rows = await file.all<{ message_id: string }>(
    `SELECT message_id FROM outbox WHERE message_id IN (SELECT value FROM json_each(?)) AND ${begunOnly} AND id <> ?
     UNION ALL
     SELECT message_id FROM messages WHERE message_id IN (SELECT value FROM json_each(?)) AND outbox_id <> ?`,
    [list, except, list, except],
  )
  return new Set(rows.map((it) => it.message_id))
}
