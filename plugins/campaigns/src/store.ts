import type { OutboxShift, OutboxState, Statements, Tx } from '@waqtor/contracts'
import type { StateCounts } from './counts.ts'
import type { CampaignStatus } from './status.ts'
import type { Variables } from './template.ts'

export interface CampaignRow {
  readonly id: string
  readonly name: string
  readonly status: CampaignStatus
  readonly reason: string | null
  readonly template: string
  /** JSON */
  readonly variables: string
  readonly in_flight: number
  readonly gap_ms: number
  readonly created_at: number
  readonly started_at: number | null
  readonly finished_at: number | null
}

export interface NewCampaign {
  readonly id: string
  readonly name: string
  readonly template: string
  readonly variables: Variables
  readonly pacing: { readonly inFlight: number; readonly gapMs: number }
}

export async function insertCampaign(
  tx: Tx,
  { id, name, template, variables, pacing }: NewCampaign,
  now: number,
): Promise<void> {
  await tx.run(
    "INSERT INTO campaigns (id, name, status, template, variables, in_flight, gap_ms, created_at) VALUES (?, ?, 'draft', ?, ?, ?, ?, ?)",
    [id, name, template, JSON.stringify(variables), pacing.inFlight, pacing.gapMs, now],
  )
}

export function selectCampaign(file: Statements, id: string): Promise<CampaignRow | undefined> {
  return file.get('SELECT * FROM campaigns WHERE id = ?', [id])
}

/** Newest first; ids sort by the time they were made. */
export function selectCampaigns(
  file: Statements,
  before: string,
  limit: number,
  status: CampaignStatus | undefined,
): Promise<CampaignRow[]> {
  return file.all(`SELECT * FROM campaigns WHERE id < ?${status ? ' AND status = ?' : ''} ORDER BY id DESC LIMIT ?`, [
    before,
    ...(status ? [status] : []),
    limit,
  ])
}

export async function setStatus(
  tx: Tx,
  id: string,
  status: CampaignStatus,
  reason: string | null,
  now: number,
): Promise<void> {
  const finished = status === 'completed' || status === 'cancelled' || status === 'failed'
  await tx.run(
    "UPDATE campaigns SET status = ?, reason = ?, started_at = CASE ? WHEN 'running' THEN coalesce(started_at, ?) ELSE started_at END, finished_at = ? WHERE id = ?",
    [status, reason, status, now, finished ? now : null, id],
  )
}

export async function setPlan(tx: Tx, id: string, name: string, inFlight: number, gapMs: number): Promise<void> {
  await tx.run('UPDATE campaigns SET name = ?, in_flight = ?, gap_ms = ? WHERE id = ?', [name, inFlight, gapMs, id])
}

export async function deleteCampaign(tx: Tx, id: string): Promise<void> {
  await tx.run('DELETE FROM campaigns WHERE id = ?', [id])
  await tx.run('DELETE FROM campaign_counts WHERE campaign_id = ?', [id])
}

/** New rows of a campaign begin as `queued`. */
export async function countNew(tx: Tx, id: string, count: number): Promise<void> {
  await addCounts(tx, [[id, 'queued', count]])
}

/** Moves the counters along with the rows. */
export async function countShifts(tx: Tx, shifts: readonly OutboxShift[]): Promise<void> {
  const deltas = new Map<string, [string, OutboxState, number]>()
  const add = (queue: string, state: OutboxState, n: number) => {
    const known = deltas.get(`${queue} ${state}`)
    if (known) known[2] += n
    else deltas.set(`${queue} ${state}`, [queue, state, n])
  }
  for (const { queue, from, to, count } of shifts) {
    add(queue, from, -count)
    add(queue, to, count)
  }
  await addCounts(
    tx,
    [...deltas.values()].filter((it) => it[2] !== 0),
  )
}

async function addCounts(tx: Tx, deltas: readonly (readonly [string, OutboxState, number])[]): Promise<void> {
  if (deltas.length === 0) return
  await tx.run(
    `INSERT INTO campaign_counts (campaign_id, state, n)
     SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
     ON CONFLICT (campaign_id, state) DO UPDATE SET n = n + excluded.n`,
    [JSON.stringify(deltas)],
  )
}

export async function selectCounts(file: Statements, id: string): Promise<StateCounts> {
  const rows = await file.all<{ state: OutboxState; n: number }>(
    'SELECT state, n FROM campaign_counts WHERE campaign_id = ?',
    [id],
  )
  return Object.fromEntries(rows.map((it) => [it.state, it.n]))
}
