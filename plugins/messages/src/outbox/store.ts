import type { OutboxQueue, OutboxRecipient, OutboxState, Statements, Tx } from '@waqtor/contracts'
import type { Beginning, ClaimedRow, OpenRow, SentRow, Step } from './rows.ts'

/*
 * The statements that move rows. Each takes many rows at once, as a JSON array that SQLite unpacks: one prepared statement
 * for any number of rows.
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
     SELECT ?, value ->> 2, value ->> 0, 'queued', value ->> 1, ? FROM json_each(?) WHERE true RETURNING part`,
    [queue, now, JSON.stringify(recipients.map((it) => [it.chatId, it.payload, it.part ?? 0]))],
  )
  const added = new Map<number, number>()
  for (const { part } of rows) added.set(part, (added.get(part) ?? 0) + 1)
  return added
}

/** The next rows of a queue that may be claimed, after `after`. */
export function candidates(file: Statements, queue: string, after: number, limit: number): Promise<ClaimedRow[]> {
  return file.all<ClaimedRow>(
    `SELECT id, queue, part, chat_id, payload, message_id, reason, pairing, created_at FROM outbox
     WHERE queue = +? AND state = 'queued' AND due_at IS NULL AND id > +? ORDER BY id LIMIT +?`,
    [queue, after, limit],
  )
}

/** Which of these queues are open. */
export async function openAmong(tx: Tx, queues: Iterable<string>): Promise<ReadonlySet<string>> {
  const rows = await tx.all<{ id: string }>(
    'SELECT id FROM outbox_queues WHERE open = 1 AND id IN (SELECT value FROM json_each(?))',
    [JSON.stringify([...new Set(queues)])],
  )
  return new Set(rows.map((it) => it.id))
}

/**
 * Writes down everything about sends that are about to begin. Answers the ids that may: a row that was taken away
 * meanwhile (cancelled, dropped) is not among them.
 */
export async function begin(tx: Tx, beginnings: readonly Beginning[]): Promise<ReadonlySet<number>> {
  if (beginnings.length === 0) return new Set()
  const values = beginnings.map((it) => [
    it.id,
    it.body,
    it.bodyHash,
    it.kind,
    it.anchor,
    it.pairing,
    it.messageId,
    it.at,
    it.to,
  ])
  const rows = await tx.all<{ id: number }>(
    `UPDATE outbox SET state = v.target, reason = NULL, attempt = attempt + (v.target = 'sending'),
       body = v.body, body_hash = v.body_hash, kind = v.kind, anchor = v.anchor, pairing = v.pairing,
       message_id = coalesce(outbox.message_id, v.message_id), sending_at = v.at
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS body, value ->> 2 AS body_hash, value ->> 3 AS kind, value ->> 4 AS anchor,
                  value ->> 5 AS pairing, value ->> 6 AS message_id, value ->> 7 AS at, value ->> 8 AS target
           FROM json_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = 'queued'
     RETURNING outbox.id`,
    [JSON.stringify(values)],
  )
  return new Set(rows.map((it) => it.id))
}

/**
 * Moves rows on. A row that is no longer where the step begins, or whose message id proves another row, stays as it is.
 * Answers the rows that moved.
 */
export async function step(tx: Tx, steps: readonly Step[]): Promise<readonly SentRow[]> {
  if (steps.length === 0) return []
  const usual = steps.filter(isUsual)
  const moments = Map.groupBy(usual, (it) => it.at)
  // Where nearly every row has a moment of its own, one statement for all of them is quicker.
  if (moments.size > Math.ceil(usual.length / 4)) return moveEach(tx, steps)
  const moved: SentRow[] = []
  for (const [at, together] of moments)
    moved.push(...(await tx.all<SentRow>(markSent, [at!, JSON.stringify(together.map((it) => it.id))])))
  const others = usual.length < steps.length ? steps.filter((it) => !isUsual(it)) : []
  return others.length > 0 ? [...moved, ...(await moveEach(tx, others))] : moved
}

/** Nearly every send ends like this: acknowledged, under the id that its row carries already. */
function isUsual({ from, to, reason, messageId, at }: Step): boolean {
  return from === 'sending' && to === 'sent' && reason === null && messageId === undefined && at !== undefined
}

async function moveEach(tx: Tx, steps: readonly Step[]): Promise<readonly SentRow[]> {
  const values = steps.map((it) => [it.id, it.from, it.to, it.reason, it.messageId ?? null, it.at ?? null])
  const naming = steps.some((it) => it.messageId !== undefined)
  return tx.all<SentRow>(naming ? moveAndName : move, [JSON.stringify(values)])
}

const returning =
  'outbox.id, outbox.queue, outbox.part, outbox.chat_id, outbox.message_id, outbox.kind, outbox.sent_at, outbox.state, outbox.reason'

// Many sends end in the same millisecond; with nothing that differs from row to row a statement costs half.
const markSent = `UPDATE outbox SET state = 'sent', reason = NULL, sent_at = coalesce(sent_at, ?)
  WHERE id IN (SELECT value FROM json_each(?)) AND state = 'sending'
  RETURNING ${returning}`

const moving = (name: string) =>
  `UPDATE OR IGNORE outbox SET state = v.target, reason = v.reason, ${name}
       sent_at = CASE WHEN v.target IN ('sent', 'delivered', 'read') THEN coalesce(outbox.sent_at, v.at) ELSE outbox.sent_at END,
       delivered_at = CASE WHEN v.target IN ('delivered', 'read') THEN coalesce(outbox.delivered_at, v.at) ELSE outbox.delivered_at END,
       read_at = CASE v.target WHEN 'read' THEN v.at ELSE outbox.read_at END
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS origin, value ->> 2 AS target, value ->> 3 AS reason, value ->> 4 AS message_id,
                  value ->> 5 AS at FROM json_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = v.origin
     RETURNING ${returning}`
// Whatever an UPDATE sets is written into its indexes, changed or not: the id is set only where there is a new one.
const move = moving('')
const moveAndName = moving('message_id = coalesce(v.message_id, outbox.message_id),')

/** Rows whose fate is open, after `after`, oldest first: those that wait for an acknowledgement, or all others. */
export function inDoubt(file: Statements, waiting: boolean, after: number, limit: number): Promise<OpenRow[]> {
  return file.all<OpenRow>(
    `SELECT id, queue, chat_id, state, body, body_hash, kind, anchor, pairing, message_id, sending_at, reason
     FROM outbox WHERE state IN ('unknown', 'reconciling', 'waiting') AND (state = 'waiting') = ? AND id > ? ORDER BY id LIMIT ?`,
    [waiting ? 1 : 0, after, limit],
  )
}

/** Which of these message ids prove a row other than `except` already. */
export async function takenIds(file: Statements, ids: readonly string[], except: number): Promise<ReadonlySet<string>> {
  const rows = await file.all<{ message_id: string }>(
    'SELECT message_id FROM outbox WHERE message_id IN (SELECT value FROM json_each(?)) AND id <> ?',
    [JSON.stringify(ids), except],
  )
  return new Set(rows.map((it) => it.message_id))
}

export interface AcknowledgedRow {
  readonly id: number
  readonly queue: string
  readonly state: OutboxState
  readonly message_id: string
}

/** The rows that these message ids prove. */
export function byMessageIds(file: Statements, ids: readonly string[]): Promise<AcknowledgedRow[]> {
  return file.all(
    'SELECT id, queue, state, message_id FROM outbox WHERE message_id IN (SELECT value FROM json_each(?))',
    [JSON.stringify(ids)],
  )
}

/** Lets rows that have not begun wait for a moment each. Times are milliseconds since 1970 (UTC). */
export async function defer(tx: Tx, rows: readonly (readonly [id: number, at: number])[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    `UPDATE outbox SET due_at = v.at FROM (SELECT value ->> 0 AS id, value ->> 1 AS at FROM json_each(?)) AS v
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
