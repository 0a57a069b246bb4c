import type { OutboxState } from '@waqtor/contracts'

export type StateCounts = Partial<Record<OutboxState, number>>

/** The counters of a campaign as people read them. `sent` includes what was delivered, `delivered` what was read. */
export interface Counters {
  readonly total: number
  readonly queued: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly replied: number
  readonly failed: number
  readonly skipped: number
  readonly held: number
}

/** Makes the counters from the number of rows in each state. */
export function toCounters(counts: StateCounts, replied = 0): Counters {
  const of = (...states: OutboxState[]) => states.reduce((sum, it) => sum + (counts[it] ?? 0), 0)
  return {
    total: Object.values(counts).reduce((sum, it) => sum + it, 0),
    queued: of('queued', 'claimed', 'sending', 'unknown', 'reconciling', 'waiting'),
    sent: of('sent', 'delivered', 'read'),
    delivered: of('delivered', 'read'),
    read: of('read'),
    replied,
    failed: of('failed'),
    skipped: of('skipped', 'cancelled'),
    held: of('held'),
  }
}

/** Nothing is left to be sent: what is still open may have left, and is looked for. */
export function isInDoubt(counts: StateCounts): boolean {
  const of = (...states: OutboxState[]) => states.some((it) => (counts[it] ?? 0) > 0)
  return of('unknown', 'reconciling', 'waiting') && !of('queued', 'claimed', 'sending')
}

/** What a campaign with these rows has come to: done, stuck on rows that a person must decide, or neither. */
export function outcomeOf(counts: StateCounts): 'completed' | 'held' | undefined {
  const { queued, held } = toCounters(counts)
  if (queued > 0) return undefined
  return held > 0 ? 'held' : 'completed'
}
