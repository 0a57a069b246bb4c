import type { OutboxQueue, OutboxRecipient, Statements, Tx } from '@waqtor/contracts'
import { inDoubtNow } from './conditions.ts'
import type { ClaimedRow, OpenRow } from './rows.ts'

/*
 * The statements that add, find and end rows; those that move them on are in moves.ts. Whatever takes many rows takes
 * them at once, as a JSON array that SQLite unpacks: one prepared statement for any number of rows.
 *
 * Where SQLite weighs a partial index, it looks at the value bound to a plain `?` and therefore compiles the statement anew
 * each time, which costs several times what running it does. `+?` hides the value, and the statement is compiled once.
 */

/** Adds recipients to a queue; one that is there already is passed over. Answers how many of each part were new. */
export async function add(
  tx: Tx,
  queue: string,
  recipients: readonly OutboxRecipient[],
  now: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await tx.all<{ part: number }>(
    `INSERT OR IGNORE INTO outbox (queue, part, chat_id, state, payload, created_at)
     SELECT ?, value ->> 2, value ->> 0, 'queued', value ->> 1, ? FROM jsonb_each(?) WHERE true RETURNING part`,
    [queue, now, JSON.stringify(recipients.map((it) => [it.chatId, it.payload, it.part ?? 0]))],
  )
  const added = new Map<number, number>()
  for (const { part } of rows) added.set(part, (added.get(part) ?? 0) + 1)
  return added
}

/** The next rows of a queue that may be claimed, after `after`. */
export function candidates(
  file: Statements,
  { queue, source }: Pick<ClaimedRow, 'queue' | 'source'>,
  after: number,
  limit: number,
): Promise<ClaimedRow[]> {
  return file.all<ClaimedRow>(
    `SELECT id, queue, ? AS source, part, chat_id AS chatId, payload, message_id, reason, pairing, created_at FROM outbox
     WHERE queue = +? AND state = 'queued' AND due_at IS NULL AND id > +? ORDER BY id LIMIT +?`,
    [source, queue, after, limit],
  )
}

/** Which of these queues are open; there are few. */
export async function openAmong(tx: Tx, queues: Iterable<string>): Promise<ReadonlySet<string>> {
  const open = new Set<string>()
  for (const id of new Set(queues)) {
    const row = await tx.get('SELECT 1 FROM outbox_queues WHERE id = ? AND open = 1', [id])
    if (row) open.add(id)
  }
  return open
}

/** Rows whose fate is open, after `after`, oldest first: those that wait for an acknowledgement, or all others. */
export function inDoubt(file: Statements, waiting: boolean, after: number, limit: number): Promise<OpenRow[]> {
  return file.all<OpenRow>(
    `SELECT id, queue, chat_id, state, body, body_hash, kind, anchor, pairing, message_id, sending_at, reason
     FROM outbox WHERE ${inDoubtNow} AND (state = 'waiting') = ? AND id > ? ORDER BY id LIMIT ?`,
    [waiting ? 1 : 0, after, limit],
  )
}

/** Lets rows that have not begun wait for a moment each. Times are milliseconds since 1970 (UTC). */
export async function defer(tx: Tx, rows: readonly (readonly [id: number, at: number])[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    `UPDATE outbox SET due_at = v.at FROM (SELECT value ->> 0 AS id, value ->> 1 AS at FROM jsonb_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = 'queued'`,
    [JSON.stringify(rows)],
  )
}

/** Takes up rows of a queue whose moment has come. Answers how many. */
export async function promote(tx: Tx, queue: string, now: number, limit: number): Promise<number> {
  const { changes } = await tx.run(
    `UPDATE outbox SET due_at = NULL WHERE id IN (
       SELECT id FROM outbox WHERE queue = +? AND state = 'queued' AND due_at IS NOT NULL AND due_at <= +? ORDER BY due_at LIMIT +?)`,
    [queue, now, limit],
  )
  return changes
}

/** The moment of the next row of a queue that waits for one. */
export async function nextDue(file: Statements, queue: string): Promise<number | null> {
  const row = await file.get<{ at: number | null }>(
    "SELECT min(due_at) AS at FROM outbox WHERE queue = +? AND state = 'queued' AND due_at IS NOT NULL",
    [queue],
  )
  return row?.at ?? null
}

export async function saveQueue(tx: Tx, it: OutboxQueue): Promise<void> {
  await tx.run(
    `INSERT INTO outbox_queues (id, source, open, in_flight, gap_ms, gap_max_ms, on_unknown, check_numbers)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET source = excluded.source, open = excluded.open, in_flight = excluded.in_flight,
       gap_ms = excluded.gap_ms, gap_max_ms = excluded.gap_max_ms, on_unknown = excluded.on_unknown,
       check_numbers = excluded.check_numbers`,
    [
      it.id,
      it.source,
      it.open ? 1 : 0,
      it.inFlight,
      it.gapMs,
      it.gapMaxMs ?? it.gapMs,
      it.onUnknown ?? 'hold',
      it.checkNumbers ? 1 : 0,
    ],
  )
}

export async function setOpen(tx: Tx, queue: string, open: boolean): Promise<void> {
  await tx.run('UPDATE outbox_queues SET open = ? WHERE id = ?', [open ? 1 : 0, queue])
}

export type Doom = 'cancel' | 'drop'
export interface StoredQueue extends OutboxQueue {
  readonly doomed: Doom | null
}

export async function queues(file: Statements): Promise<StoredQueue[]> {
  const rows = await file.all<{
    id: string
    source: OutboxQueue['source']
    open: number
    in_flight: number
    gap_ms: number
    gap_max_ms: number
    on_unknown: NonNullable<OutboxQueue['onUnknown']>
    check_numbers: number
    doomed: Doom | null
  }>('SELECT * FROM outbox_queues')
  return rows.map((it) => ({
    id: it.id,
    source: it.source,
    open: it.open === 1,
    inFlight: it.in_flight,
    gapMs: it.gap_ms,
    gapMaxMs: it.gap_max_ms,
    onUnknown: it.on_unknown,
    checkNumbers: it.check_numbers === 1,
    doomed: it.doomed,
  }))
}
