import type { OutboxState, Statements } from '@waqtor/contracts'
import { arrived, atRest, onItsWay } from './conditions.ts'

/*
 * Which rows messages prove. One WhatsApp message proves one row only.
 *
 * Rows on their way are found by an index that holds only them, those that arrived through the history, which knows the row of
 * each message of ours, and what is left by an index of its own. One index of all ids would cost every message a page of its commit.
 */

/** Joins a row `o` to its message `m`. A row that is sent once more has another message. */
export const isProvenBy = 'o.id = m.outbox_id AND o.message_id = m.message_id'

/** The rows, as `o`, that these message ids prove. */
export function provenBy<Row>(file: Statements, columns: string, messageIds: readonly string[]): Promise<Row[]> {
  const list = JSON.stringify(messageIds)
  return file.all<Row>(
    `SELECT ${columns} FROM outbox o WHERE o.message_id IN (SELECT value FROM json_each(?)) AND ${onItsWay}
     UNION ALL
     SELECT ${columns} FROM messages m JOIN outbox o ON ${isProvenBy} AND ${arrived}
     WHERE m.message_id IN (SELECT value FROM json_each(?))
     UNION ALL
     SELECT ${columns} FROM outbox o WHERE o.message_id IN (SELECT value FROM json_each(?)) AND ${atRest}`,
    [list, list, list],
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

/*
 * Conditions on a message id, which is told by a column or by one `?`, and on the row's own id.
 */

/** No message of another row has arrived under this id. */
export function isUnused(messageId: string, row: string): string {
  return `NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.message_id = ${messageId} AND m.outbox_id <> ${row})`
}

/** It proves no other row, and never proved one. */
export function isFree(messageId: string, row: string): string {
  const another = (which: string) =>
    `EXISTS (SELECT 1 FROM outbox AS o WHERE o.message_id = ${messageId} AND ${which} AND o.id <> ${row})`
  return `NOT ${another(onItsWay)} AND NOT ${another(atRest)} AND ${isUnused(messageId, row)}`
}

/** Which of these message ids prove a row other than `except`, or have proved one, already. */
export async function takenIds(file: Statements, ids: readonly string[], except: number): Promise<ReadonlySet<string>> {
  const rows = await file.all<{ id: string }>(
    `SELECT wanted.value AS id FROM json_each(?) AS wanted, (SELECT ? AS id) AS mine
     WHERE NOT (${isFree('wanted.value', 'mine.id')})`,
    [JSON.stringify(ids), except],
  )
  return new Set(rows.map((it) => it.id))
}
