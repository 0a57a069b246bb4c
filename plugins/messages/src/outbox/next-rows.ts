import type { ClaimPlan } from './claiming.ts'
import type { Lanes } from './lanes.ts'
import type { Prepared } from './preparation.ts'
import type { QueueBook } from './queue-book.ts'
import type { Staging } from './staging.ts'
import type { UnderWay } from './under-way.ts'

/** The clock of the wall may be set: what waits for a moment on it looks again at least this often. Milliseconds. */
export const wallCheckMs = 30_000
export const lookaheadLimit = 500
/** Rows that are claimed at once, at least, where no pause is between them: a claim costs a turn more than a row does. */
const fewestAtOnce = 8

export interface Scene {
  readonly book: QueueBook
  readonly lanes: Lanes
  readonly staging: Staging
  readonly underWay: UnderWay
  /** Asks to be woken at a moment of the monotonic clock. */
  readonly wakeAt: (moment: number) => void
}

/**
 * Rows whose turn it is, as far as places are free.
 * @param maxInFlight what the transport allows
 * @param most what one turn may take
 */
export function pickReady({ book, staging, underWay, wakeAt }: Scene, maxInFlight: number, most: number): Prepared[] {
  const now = performance.now()
  const capacity = Math.min(book.capacity(maxInFlight), underWay.size + most)
  const busy = underWay.byQueue()
  let all = underWay.size
  let soonest = Number.POSITIVE_INFINITY
  const picked = staging.take(({ row: { queue } }) => {
    const state = book.get(queue)
    if (!state?.settings.open) return false
    const used = busy.get(queue) ?? 0
    if (all >= capacity || used >= state.settings.inFlight) return false
    if (state.notBefore > now) {
      soonest = Math.min(soonest, state.notBefore)
      return false
    }
    if (state.settings.gapMs > 0) state.notBefore = now + state.settings.gapMs
    busy.set(queue, used + 1)
    all++
    return true
  })
  wakeAt(soonest)
  return picked
}

/**
 * How many rows to claim from which queue: enough to be rendered while the present ones are under way. Those that start in
 * the same turn make room already, so that recording, starting and claiming share one commit.
 * @param most what one turn may take
 */
export function planClaims(scene: Scene, starting: readonly Prepared[], most: number): ClaimPlan[] {
  const { book, lanes, staging, wakeAt } = scene
  const plans: ClaimPlan[] = []
  const now = performance.now()
  const wallNow = Date.now()
  const leaving = new Map<string, number>()
  for (const { row } of starting) leaving.set(row.queue, (leaving.get(row.queue) ?? 0) + 1)
  for (const { settings, drained, restsUntil, nextDue, claimedUpTo, rewinds, reach } of book.inTurn()) {
    if (!lanes.has(settings.source)) continue
    const isDue = nextDue === undefined || (nextDue !== null && nextDue <= wallNow)
    if (nextDue && !isDue) wakeAt(now + Math.min(nextDue - wallNow, wallCheckMs))
    if (drained && !isDue) continue
    const wanted = settings.gapMs > 0 ? 1 : Math.min(Math.max(settings.inFlight, fewestAtOnce), lookaheadLimit)
    const left = staging.claims.of(settings.id) - (leaving.get(settings.id) ?? 0)
    // Not before half of them have gone, so that few turns claim.
    if (left * 2 > wanted) continue
    const limit = Math.min(wanted - left, most)
    if (restsUntil > now) wakeAt(restsUntil)
    else plans.push({ queue: settings.id, source: settings.source, limit, reach, after: claimedUpTo, rewinds, isDue })
  }
  return plans
}
