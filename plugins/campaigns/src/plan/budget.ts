import { type Caps, dayMs, hourMs, leaves, type SentMinute, settled } from './pace.ts'
import { type StrangerDay, type WarmUp, warmUpAllowance } from './warm-up.ts'

/** How many may go until when, for one limit of an estimate. */
export interface Budget {
  readonly limit: 'perHour' | 'perDay' | 'warmUp'
  left: number
  until: number
  /** What one may go on with after `until`. */
  readonly next: (until: number) => { readonly left: number; readonly until: number }
}

/**
 * Caps as windows one after the other instead of rolling ones. The first begins with the oldest send that still counts, so
 * that a burst leaves when it really does. How the windows lie does not depend on what is yet to be sent.
 */
export function capBudgets(caps: Caps, sent: readonly SentMinute[], from: number): Budget[] {
  const windows = [
    ['perHour', hourMs],
    ['perDay', dayMs],
  ] as const
  return windows.flatMap(([limit, windowMs]) => {
    const cap = caps[limit]
    if (cap === undefined) return []
    const counted = settled(sent, from).filter((it) => leaves(it.minute, windowMs) > from)
    const used = counted.reduce((sum, it) => sum + it.n, 0)
    return {
      limit,
      left: Math.max(0, cap - used),
      until: counted.reduce((first, it) => Math.min(first, leaves(it.minute, windowMs)), from + windowMs),
      next: (until) => ({ left: cap, until: until + windowMs }),
    }
  })
}

export interface WarmUpPlan {
  readonly settings: WarmUp
  readonly history: readonly StrangerDay[]
  /** IANA zone of the instance. */
  readonly zone: string
}

/** The warm-up as it goes on when some are sent on each day from now. */
export function warmUpBudget({ settings, history, zone }: WarmUpPlan, from: number): Budget {
  const assumed = [...history]
  const today = warmUpAllowance(settings, assumed, from, zone)
  let day = today.day
  return {
    limit: 'warmUp',
    left: today.allowed,
    until: today.nextDayAt,
    next: (until) => {
      assumed.push({ day, n: 1 })
      const tomorrow = warmUpAllowance(settings, assumed, until, zone)
      day = tomorrow.day
      return { left: tomorrow.allowed, until: tomorrow.nextDayAt }
    },
  }
}
