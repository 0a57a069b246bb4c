import type { Statements, Tx } from '@waqtor/contracts'
import type { Attempt, Delivery, DeliveryState } from '../contract.ts'

/** An event for a webhook, before it stands in the outbox. */
export interface NewDelivery {
  readonly webhookId: string
  readonly log: string
  readonly sequence: number
  readonly eventId: string
  readonly type: string
  readonly instance: string | null
  readonly body: string
}

/** A delivery whose turn has come. */
export interface DueDelivery {
  readonly id: number
  readonly eventId: string
  readonly body: string
  /** Attempts in this round: replaying begins a new one. */
  readonly tries: number
  /** Attempts in all. */
  readonly attempts: number
}

interface Row {
  readonly id: number
  readonly webhook_id: string
  readonly event_id: string
  readonly type: string
  readonly instance: string | null
  readonly state: DeliveryState
  readonly history: string
  readonly due_at: number
  readonly created_at: number
  readonly settled_at: number | null
}

export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined
  readonly type?: string | undefined
  readonly eventId?: string | undefined
  readonly before: number
  readonly limit: number
}

export interface Progress {
  readonly state: DeliveryState
  readonly attempt: Attempt
  readonly tries: number
  readonly dueAt: number
  readonly settledAt: number | null
}

/** One commit touches no more rows than this, so that others wait for milliseconds only. */
export const ROWS_AT_ONCE = 2_000
const COLUMNS = 'id, webhook_id, event_id, type, instance, state, history, due_at, created_at, settled_at'
const NEW = `INSERT INTO webhook_deliveries (webhook_id, log, sequence, event_id, type, instance, body, state, due_at, created_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, 'pending', ?, ?
  FROM jsonb_each(?) WHERE true ORDER BY key
  ON CONFLICT (webhook_id, event_id) DO`

/** Writes new deliveries down. One that is there already stays as it is or, `again`, begins a new round. */
export async function enqueue(tx: Tx, rows: readonly NewDelivery[], now: number, again = false): Promise<number> {
  if (rows.length === 0) return 0
  const values = rows.map((it) => [it.webhookId, it.log, it.sequence, it.eventId, it.type, it.instance, it.body])
  const known = again
    ? "UPDATE SET state = 'pending', tries = 0, due_at = excluded.due_at, settled_at = NULL"
    : 'NOTHING'
  const { changes } = await tx.run(`${NEW} ${known}`, [now, now, JSON.stringify(values)])
  return changes
}

/** Deliveries of a webhook whose time has come, the longest due first. */
export function due(file: Statements, webhookId: string, now: number, without: readonly number[], limit: number) {
  return file.all<DueDelivery>(
    `SELECT id, event_id AS eventId, body, tries, attempts FROM webhook_deliveries
     WHERE webhook_id = ? AND state = 'pending' AND due_at <= ? AND id NOT IN (SELECT value FROM json_each(?))
     ORDER BY due_at, id LIMIT ?`,
    [webhookId, now, JSON.stringify(without), limit],
  )
}

/** When the next one is due that is not under way. */
export async function nextDue(
  file: Statements,
  webhookId: string,
  without: readonly number[],
): Promise<number | undefined> {
  const row = await file.get<{ due_at: number }>(
    `SELECT due_at FROM webhook_deliveries
     WHERE webhook_id = ? AND state = 'pending' AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at, id LIMIT 1`,
    [webhookId, JSON.stringify(without)],
  )
  return row?.due_at
}

/** Notes an attempt. What a person decided meanwhile stands; the attempt is noted all the same. */
export async function advance(
  tx: Tx,
  id: number,
  { state, attempt, tries, dueAt, settledAt }: Progress,
): Promise<void> {
  const noted = `json(CASE WHEN json_array_length(history) >= 30 THEN json_remove(history, '$[0]') ELSE history END)`
  await tx.run(
    `UPDATE webhook_deliveries SET attempts = ?, history = json_insert(${noted}, '$[#]', json(?)),
       tries = CASE state WHEN 'pending' THEN ? ELSE tries END, due_at = CASE state WHEN 'pending' THEN ? ELSE due_at END,
       settled_at = CASE state WHEN 'pending' THEN ? ELSE settled_at END,
       state = CASE state WHEN 'pending' THEN ? ELSE state END
     WHERE id = ?`,
    [attempt.attempt, JSON.stringify(attempt), tries, dueAt, settledAt, state, id],
  )
}

/** The deliveries of a webhook, newest first. */
export async function listed(
  file: Statements,
  webhookId: string,
  { state, type, eventId, before, limit }: DeliveryFilter,
): Promise<Delivery[]> {
  const filters = [
    ['type', type],
    ['event_id', eventId],
  ].filter((it): it is [string, string] => it[1] !== undefined)
  const where = filters.map(([column]) => ` AND ${column} = ?`).join('')
  // Written out, so that the index of what is dead serves it.
  const only = state === undefined ? '' : ` AND state = '${state}'`
  const rows = await file.all<Row>(
    `SELECT ${COLUMNS} FROM webhook_deliveries WHERE webhook_id = ? AND id < ?${only}${where} ORDER BY id DESC LIMIT ?`,
    [webhookId, before, ...filters.map(([, value]) => value), limit],
  )
  return rows.map(deliveryOf)
}

export async function found(file: Statements, webhookId: string, id: number) {
  const sql = `SELECT ${COLUMNS}, body FROM webhook_deliveries WHERE webhook_id = ? AND id = ?`
  const row = await file.get<Row & { body: string }>(sql, [webhookId, id])
  return row && { ...deliveryOf(row), body: row.body }
}

/** Begins a new round for some of a webhook's deliveries. @returns how many */
export async function restart(tx: Tx, webhookId: string, ids: readonly number[], now: number): Promise<number> {
  const { changes } = await tx.run(
    `UPDATE webhook_deliveries SET state = 'pending', tries = 0, due_at = ?, settled_at = NULL
     WHERE webhook_id = ? AND id IN (SELECT value FROM json_each(?))`,
    [now, webhookId, JSON.stringify(ids)],
  )
  return changes
}

/** The next dead letters after `after`, of `ids` only where they are given. */
export async function deadAfter(
  tx: Statements,
  webhookId: string,
  after: number,
  { ids, since = 0 }: { readonly ids?: readonly number[] | undefined; readonly since?: number | undefined },
): Promise<number[]> {
  const only = ids ? ' AND id IN (SELECT value FROM json_each(?))' : ''
  const rows = await tx.all<{ id: number }>(
    `SELECT id FROM webhook_deliveries
     WHERE webhook_id = ? AND state = 'dead' AND id > ? AND settled_at >= ?${only} ORDER BY id LIMIT ?`,
    [webhookId, after, since, ...(ids ? [JSON.stringify(ids)] : []), ROWS_AT_ONCE],
  )
  return rows.map((it) => it.id)
}

export async function discard(tx: Tx, webhookId: string, ids: readonly number[], now: number): Promise<void> {
  await tx.run(
    `UPDATE webhook_deliveries SET state = 'discarded', settled_at = ?
     WHERE webhook_id = ? AND id IN (SELECT value FROM json_each(?))`,
    [now, webhookId, JSON.stringify(ids)],
  )
}

function deliveryOf(row: Row): Delivery {
  const attempts = JSON.parse(row.history) as Attempt[]
  const last = attempts.at(-1)
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    type: row.type,
    instance: row.instance,
    state: row.state,
    attempts,
    statusCode: last?.statusCode ?? null,
    problem: last?.problem ?? null,
    nextAttemptAt: row.state === 'pending' ? row.due_at : null,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }
}
