import { type DatabaseFile, type EventLog, fail } from '@waqtor/contracts'
import { AccessRequested } from './contract/events.ts'
import type { FeatureTable } from './feature-table.ts'

const HOUR_MS = 3_600_000

export interface RequestsOptions {
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly table: FeatureTable
  readonly now: () => number
}

/**
 * Tells administrators that somebody asks for a feature; once an hour at most, however often it is pressed.
 * @throws WaqtorError WAQ_NOT_FOUND for a feature that is not there
 */
export async function requestFeature(
  { file, events, table, now }: RequestsOptions,
  userId: string,
  { feature, note = '' }: { readonly feature: string; readonly note?: string | undefined },
): Promise<{ feature: string; requestedAt: number }> {
  if (!table.has(feature)) throw fail('WAQ_NOT_FOUND', `there is no feature '${feature}'`)
  return file.write(async (tx) => {
    const sql = 'SELECT requested_at FROM access_requests WHERE user_id = ? AND feature = ?'
    const last = await tx.get<{ requested_at: number }>(sql, [userId, feature])
    const requestedAt = now()
    if (last && requestedAt - last.requested_at < HOUR_MS) return { feature, requestedAt: last.requested_at }
    await tx.run('INSERT OR REPLACE INTO access_requests (user_id, feature, requested_at) VALUES (?, ?, ?)', [
      userId,
      feature,
      requestedAt,
    ])
    await events.record(tx, AccessRequested, { userId, feature, note, timestamp: requestedAt })
    return { feature, requestedAt }
  })
}
