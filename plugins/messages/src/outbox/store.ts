import type {
  OutboxEntry,
  OutboxEntryQuery,
  OutboxQueue,
  OutboxRecipient,
  OutboxState,
  Statements,
  Tx,
} from '@waqtor/contracts'
import type { Beginning, ClaimedRow, OpenRow, SentRow, Step } from './rows.ts'

/*
 * The statements of the outbox. Each takes many rows at once, as a JSON array that SQLite unpacks: one prepared statement
 * for any number of rows. Rows that a running process works on carry its epoch, and every write says which epoch it is of.
 *
 * Where SQLite weighs a partial index, it looks at the value bound to a plain `?` and therefore compiles the statement anew
 * each time, which costs several times what running it does. `+?` hides the value, and the statement is compiled once.
 */

/** Takes the file over: raises the epoch, gives back what was only claimed, and puts in doubt what may have been sent. */
export async function takeOver(tx: Tx): Promise<{
  readonly epoch: number
  readonly shifts: readonly { queue: string; from: OutboxState; to: OutboxState; count: number }[]
}> {
  const owner = await tx.get<{ epoch: number }>(
    'UPDATE outbox_owner SET epoch = epoch + 1 WHERE only = 1 RETURNING epoch',
  )
  const left = await tx.all<{ queue: string; state: OutboxState; count: number }>(
    'SELECT queue, state, count(*) AS count FROM outbox WHERE epoch IS NOT NULL GROUP BY queue, state',
  )
  // A claimed row was never handed to the transport; one in `sending` may have been.
  await tx.run("UPDATE outbox SET state = 'queued', epoch = NULL WHERE epoch IS NOT NULL AND state = 'claimed'")
  await tx.run("UPDATE outbox SET state = 'unknown', epoch = NULL, reason = 'interrupted' WHERE epoch IS NOT NULL")
  const shifts = left.map(({ queue, state, count }) => ({
    queue,
    from: state,
    to: state === 'claimed' ? ('queued' as const) : ('unknown' as const),
    count,
  }))
  return { epoch: owner!.epoch, shifts }
}

export async function saveQueue(tx: Tx, { id, source, open, inFlight, gapMs }: OutboxQueue): Promise<void> {
  await tx.run(
    `INSERT INTO outbox_queues (id, source, open, in_flight, gap_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET source = excluded.source, open = excluded.open, in_flight = excluded.in_flight, gap_ms = excluded.gap_ms`,
    [id, source, open ? 1 : 0, inFlight, gapMs],
  )
}

export async function setOpen(tx: Tx, queue: string, open: boolean): Promise<void> {
  await tx.run('UPDATE outbox_queues SET open = ? WHERE id = ?', [open ? 1 : 0, queue])
}

export async function queues(file: Statements): Promise<OutboxQueue[]> {
  const rows = await file.all<{
    id: string
    source: OutboxQueue['source']
    open: number
    in_flight: number
    gap_ms: number
  }>('SELECT id, source, open, in_flight, gap_ms FROM outbox_queues')
  return rows.map((it) => ({
    id: it.id,
    source: it.source,
    open: it.open === 1,
    inFlight: it.in_flight,
    gapMs: it.gap_ms,
  }))
}

/** Adds recipients to a queue; one that is there already is passed over. Answers how many were new. */
export async function add(tx: Tx, queue: string, recipients: readonly OutboxRecipient[], now: number): Promise<number> {
  const { changes } = await tx.run(
    `INSERT OR IGNORE INTO outbox (queue, chat_id, state, payload, created_at)
     SELECT ?, value ->> 0, 'queued', value ->> 1, ? FROM json_each(?)`,
    [queue, now, JSON.stringify(recipients.map((it) => [it.chatId, it.payload]))],
  )
  return changes
}

/** Takes the next rows of a queue. */
export async function claim(tx: Tx, queue: string, limit: number, epoch: number): Promise<ClaimedRow[]> {
  const rows = await tx.all<ClaimedRow>(
    `UPDATE outbox SET state = 'claimed', epoch = ?
     WHERE id IN (SELECT id FROM outbox WHERE queue = +? AND state = 'queued' ORDER BY id LIMIT +?)
       AND EXISTS (SELECT 1 FROM outbox_queues WHERE id = ? AND open = 1)
     RETURNING id, queue, chat_id, payload, message_id`,
    [epoch, queue, limit, queue],
  )
  return rows.sort((a, b) => a.id - b.id)
}

/** Gives claimed rows of a queue back. Answers how many. */
export async function unclaim(tx: Tx, queue: string): Promise<number> {
  const { changes } = await tx.run(
    "UPDATE outbox SET state = 'queued', epoch = NULL WHERE epoch IS NOT NULL AND queue = ? AND state = 'claimed'",
    [queue],
  )
  return changes
}

/**
 * Writes down everything about sends that are about to begin. Answers the ids that may: a row that was taken away
 * meanwhile (paused, cancelled) is not among them.
 */
export async function begin(tx: Tx, beginnings: readonly Beginning[], epoch: number): Promise<ReadonlySet<number>> {
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
  ])
  const rows = await tx.all<{ id: number }>(
    `UPDATE outbox SET state = 'sending', reason = NULL, attempt = attempt + 1,
       body = v.body, body_hash = v.body_hash, kind = v.kind, anchor = v.anchor, pairing = v.pairing,
       message_id = coalesce(outbox.message_id, v.message_id), sending_at = v.at
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS body, value ->> 2 AS body_hash, value ->> 3 AS kind, value ->> 4 AS anchor,
                  value ->> 5 AS pairing, value ->> 6 AS message_id, value ->> 7 AS at FROM json_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = 'claimed' AND outbox.epoch = +?
     RETURNING outbox.id`,
    [JSON.stringify(values), epoch],
  )
  return new Set(rows.map((it) => it.id))
}

/**
 * Moves rows on. A row that is no longer where the step begins, that another owner has taken over, or whose message id
 * proves another row, stays as it is.
 * Answers what is now proved to be with the network, for the rows that arrived there.
 */
export async function step(tx: Tx, steps: readonly Step[], epoch: number): Promise<readonly SentRow[]> {
  if (steps.length === 0) return []
  const usual = steps.filter(isUsual)
  const moments = Map.groupBy(usual, (it) => it.at)
  // Where nearly every row has a moment of its own, one statement for all of them is quicker.
  if (moments.size > Math.ceil(usual.length / 4)) return moveEach(tx, steps, epoch)
  const moved: SentRow[] = []
  for (const [at, together] of moments)
    moved.push(...(await tx.all<SentRow>(markSent, [at!, JSON.stringify(together.map((it) => it.id)), epoch])))
  const others = usual.length < steps.length ? steps.filter((it) => !isUsual(it)) : []
  return others.length > 0 ? [...moved, ...(await moveEach(tx, others, epoch))] : moved
}

/** Nearly every send ends like this: acknowledged, under the id that its row carries already. */
function isUsual({ from, to, reason, messageId, at }: Step): boolean {
  return from === 'sending' && to === 'sent' && reason === null && messageId === undefined && at !== undefined
}

async function moveEach(tx: Tx, steps: readonly Step[], epoch: number): Promise<readonly SentRow[]> {
  const values = steps.map((it) => [it.id, it.from, it.to, it.reason, it.messageId ?? null, it.at ?? null])
  const naming = steps.some((it) => it.messageId !== undefined)
  return tx.all<SentRow>(naming ? moveAndName : move, [JSON.stringify(values), epoch])
}

const returning =
  'outbox.id, outbox.queue, outbox.chat_id, outbox.message_id, outbox.kind, outbox.sent_at, outbox.state, outbox.reason'

// Many sends end in the same millisecond; with nothing that differs from row to row a statement costs half.
const markSent = `UPDATE outbox SET state = 'sent', reason = NULL, epoch = NULL, sent_at = coalesce(sent_at, ?)
  WHERE id IN (SELECT value FROM json_each(?)) AND state = 'sending' AND (epoch IS NULL OR epoch = +?)
  RETURNING ${returning}`

const moving = (name: string) =>
  `UPDATE OR IGNORE outbox SET state = v.target, reason = v.reason, ${name}
       epoch = CASE WHEN v.target IN ('claimed', 'sending') THEN outbox.epoch END,
       sent_at = CASE WHEN v.target IN ('sent', 'delivered', 'read') THEN coalesce(outbox.sent_at, v.at) ELSE outbox.sent_at END,
       delivered_at = CASE WHEN v.target IN ('delivered', 'read') THEN coalesce(outbox.delivered_at, v.at) ELSE outbox.delivered_at END,
       read_at = CASE v.target WHEN 'read' THEN v.at ELSE outbox.read_at END
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS origin, value ->> 2 AS target, value ->> 3 AS reason, value ->> 4 AS message_id,
                  value ->> 5 AS at FROM json_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = v.origin AND (outbox.epoch IS NULL OR outbox.epoch = +?)
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
  readonly chat_id: string
  readonly state: OutboxState
  readonly message_id: string
}

/** The rows that these message ids prove. */
export function byMessageIds(file: Statements, ids: readonly string[]): Promise<AcknowledgedRow[]> {
  return file.all(
    'SELECT id, queue, chat_id, state, message_id FROM outbox WHERE message_id IN (SELECT value FROM json_each(?))',
    [JSON.stringify(ids)],
  )
}

/** Everything of a queue that has not begun becomes `cancelled`. Answers how many, by the state they were in. */
export async function cancelQueued(tx: Tx, queue: string): Promise<Partial<Record<OutboxState, number>>> {
  const counts: Partial<Record<OutboxState, number>> = {}
  for (const state of ['queued', 'claimed'] as const) {
    const { changes } = await tx.run(
      "UPDATE outbox SET state = 'cancelled', epoch = NULL WHERE queue = ? AND state = ?",
      [queue, state],
    )
    if (changes > 0) counts[state] = changes
  }
  return counts
}

export async function countByState(file: Statements, queue: string): Promise<Partial<Record<OutboxState, number>>> {
  const rows = await file.all<{ state: OutboxState; n: number }>(
    'SELECT state, count(*) AS n FROM outbox WHERE queue = ? GROUP BY state',
    [queue],
  )
  return Object.fromEntries(rows.map((it) => [it.state, it.n]))
}

/** Rows of a queue in their order. */
export function entries(
  file: Statements,
  queue: string,
  { after, limit, state }: OutboxEntryQuery,
): Promise<OutboxEntry[]> {
  return file.all<OutboxEntry>(
    `SELECT id, queue, 0 AS part, body, chat_id AS chatId, state, reason, attempt, payload, message_id AS messageId, sent_at AS sentAt,
       delivered_at AS deliveredAt, read_at AS readAt
     FROM outbox WHERE queue = ? AND id > ?${state ? ' AND state = ?' : ''} ORDER BY id LIMIT ?`,
    [queue, after, ...(state ? [state] : []), limit],
  )
}

/** Removes a queue with all its rows. */
export async function dropQueue(tx: Tx, queue: string): Promise<void> {
  await tx.run('DELETE FROM outbox WHERE queue = ?', [queue])
  await tx.run('DELETE FROM outbox_queues WHERE id = ?', [queue])
}
