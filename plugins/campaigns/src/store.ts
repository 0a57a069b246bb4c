import type { OutboxShift, OutboxState, Statements, Tx } from '@waqtor/contracts'
import type { StateCounts } from './counts.ts'
import { type CampaignStatus, isOver } from './status.ts'

export interface CampaignRow {
  readonly id: string
  readonly name: string
  readonly status: CampaignStatus
  readonly reason: string | null
  /** JSON of a `StoredMessage`. */
  readonly message: string
  /** JSON */
  readonly variables: string
  /** JSON of a `Plan`. */
  readonly plan: string
  readonly audience_id: string | null
  /** How far the audience has been frozen; null before, and when it is done. */
  readonly frozen_after: number | null
  /** People of the audience for whom a variable had no value. */
  readonly left_out: number
  readonly replied: number
  readonly schedule_at: number | null
  readonly late: 'ask' | 'send' | 'skip'
  readonly created_at: number
  readonly started_at: number | null
  readonly finished_at: number | null
}

export type Draft = Pick<CampaignRow, 'name' | 'message' | 'variables' | 'plan' | 'schedule_at' | 'late'>

export async function insertCampaign(
  tx: Tx,
  id: string,
  draft: Draft & { readonly audience_id: string | null },
  now: number,
): Promise<void> {
  const { name, message, variables, plan, audience_id, schedule_at, late } = draft
  await tx.run(
    `INSERT INTO campaigns (id, name, status, message, variables, plan, audience_id, schedule_at, late, created_at)
     VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?)`,
    [id, name, message, variables, plan, audience_id, schedule_at, late, now],
  )
}

export async function saveDraft(tx: Tx, id: string, draft: Draft): Promise<void> {
  const { name, message, variables, plan, schedule_at, late } = draft
  await tx.run(
    'UPDATE campaigns SET name = ?, message = ?, variables = ?, plan = ?, schedule_at = ?, late = ? WHERE id = ?',
    [name, message, variables, plan, schedule_at, late, id],
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

/** How many campaigns there are in each status; there are thousands of them at most. */
export async function countByStatus(file: Statements): Promise<ReadonlyMap<CampaignStatus, number>> {
  const rows = await file.all<{ status: CampaignStatus; n: number }>(
    'SELECT status, count(*) AS n FROM campaigns GROUP BY status',
  )
  return new Map(rows.map((it) => [it.status, it.n]))
}

/** Campaigns that wait for their time, the next one first. */
export function selectScheduled(file: Statements): Promise<Pick<CampaignRow, 'id' | 'schedule_at' | 'late'>[]> {
  return file.all("SELECT id, schedule_at, late FROM campaigns WHERE status = 'scheduled' ORDER BY schedule_at")
}

export async function setStatus(
  tx: Tx,
  id: string,
  status: CampaignStatus,
  reason: string | null,
  now: number,
): Promise<void> {
  await tx.run(
    "UPDATE campaigns SET status = ?, reason = ?, started_at = CASE ? WHEN 'running' THEN coalesce(started_at, ?) ELSE started_at END, finished_at = ? WHERE id = ?",
    [status, reason, status, now, isOver(status) ? now : null, id],
  )
}

/**
 * How far the audience is frozen; null when all of it is.
 * @param leftOut of those who have been looked at since
 */
export async function setFrozen(tx: Tx, id: string, after: number | null, leftOut: number): Promise<void> {
  await tx.run('UPDATE campaigns SET frozen_after = ?, left_out = left_out + ? WHERE id = ?', [after, leftOut, id])
}

export async function deleteCampaign(tx: Tx, id: string): Promise<void> {
  await tx.run('DELETE FROM campaigns WHERE id = ?', [id])
  for (const table of ['campaign_counts', 'campaign_replies', 'campaign_pace'])
    await tx.run(`DELETE FROM ${table} WHERE campaign_id = ?`, [id])
}

/** New rows of a campaign begin as `queued`. */
export async function countNew(tx: Tx, id: string, added: ReadonlyMap<number, number>): Promise<void> {
  await addCounts(
    tx,
    [...added].map(([part, count]) => [id, part, 'queued', count] as const),
  )
}

/** Moves the counters along with the rows. */
export async function countShifts(tx: Tx, shifts: readonly OutboxShift[]): Promise<void> {
  const deltas = new Map<string, [string, number, OutboxState, number]>()
  const add = (queue: string, part: number, state: OutboxState, n: number) => {
    const key = `${queue} ${part} ${state}`
    const known = deltas.get(key)
    if (known) known[3] += n
    else deltas.set(key, [queue, part, state, n])
  }
  for (const { queue, part, from, to, count } of shifts) {
    add(queue, part, from, -count)
    add(queue, part, to, count)
  }
  await addCounts(tx, [...deltas.values()])
}

/** What was under way when its campaign was deleted may still move; that is counted nowhere. */
async function addCounts(tx: Tx, deltas: readonly (readonly [string, number, OutboxState, number])[]): Promise<void> {
  for (const [id, part, state, n] of deltas) {
    if (n === 0) continue
    const { changes } = await tx.run(
      'UPDATE campaign_counts SET n = n + ? WHERE campaign_id = ? AND part = ? AND state = ?',
      [n, id, part, state],
    )
    if (changes > 0) continue
    await tx.run(
      `INSERT INTO campaign_counts (campaign_id, part, state, n)
       SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM campaigns WHERE id = ?)`,
      [id, part, state, n, id],
    )
  }
}

/** Whether the fate of any recipient is open, held ones aside: asked with every commit of a campaign, so it looks no further than the first. */
export async function hasOpen(file: Statements, id: string): Promise<boolean> {
  return (await file.get(anyQueued, [id])) !== undefined || (await file.get(anyOpen, [id])) !== undefined
}

// Until a campaign nears its end, some are queued. To look for one of many states SQLite makes a table of them each time.
const anyQueued = "SELECT 1 FROM campaign_counts WHERE campaign_id = ? AND n > 0 AND state = 'queued' LIMIT 1"
const anyOpen = `SELECT 1 FROM campaign_counts WHERE campaign_id = ? AND n > 0
  AND state IN ('queued', 'claimed', 'sending', 'unknown', 'reconciling', 'waiting') LIMIT 1`

/** Of the whole campaign, or of one variant. */
export async function selectCounts(file: Statements, id: string, part?: number): Promise<StateCounts> {
  const rows = await file.all<{ state: OutboxState; n: number }>(
    `SELECT state, sum(n) AS n FROM campaign_counts WHERE campaign_id = ?${part === undefined ? '' : ' AND part = ?'} GROUP BY state`,
    [id, ...(part === undefined ? [] : [part])],
  )
  return Object.fromEntries(rows.map((it) => [it.state, it.n]))
}
