import type { MessageSource, Tx } from '@waqtor/contracts'
import type { Claims } from './claims.ts'
import type { ClaimedRow } from './rows.ts'
import { candidates, nextDue, promote } from './store.ts'

/** What a turn wants to claim from a queue. */
export interface ClaimPlan {
  readonly queue: string
  readonly source: MessageSource
  readonly limit: number
  /** How many to look at, at least: where the gates turn rows away, it pays to look at many in one commit. */
  readonly reach: number
  /** Rows up to this id are claimed already. */
  readonly after: number
  /** How often rows had come back when the plan was made. */
  readonly rewinds: number
  /** Rows that wait for a moment of their own may have come to it. */
  readonly isDue: boolean
}

export interface Found {
  readonly rows: readonly ClaimedRow[]
  /** Everything up to this id is claimed, or among `rows`. */
  readonly upTo: number
  /** There is nothing behind these. */
  readonly isEnd: boolean
  /** When the next row that waits for its moment is due; milliseconds since 1970 (UTC). */
  readonly nextDue: number | null | undefined
}

const promotedAtOnce = 5_000

/** Looks for rows that may be claimed. Writes nothing, but for taking up those whose moment has come. */
export async function claimRows(tx: Tx, plan: ClaimPlan, claims: Claims): Promise<Found> {
  const { queue, limit, reach, isDue } = plan
  const promoted = isDue ? await promote(tx, queue, Date.now(), promotedAtOnce) : 0
  const after = promoted > 0 ? 0 : plan.after
  // From the beginning, those that are claimed already are met again.
  const looked = Math.max(reach, limit) + (after === 0 ? claims.of(queue) : 0)
  const rows = await candidates(tx, plan, after, looked)
  return {
    rows: rows.filter((it) => !claims.has(it.id)),
    upTo: rows.at(-1)?.id ?? after,
    isEnd: rows.length < looked,
    nextDue: isDue ? await nextDue(tx, queue) : undefined,
  }
}
