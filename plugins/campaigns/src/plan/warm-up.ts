import { luxon } from './luxon.ts'

/**
 * How many people who never wrote to us may be written to on a day. A limit on the load that strangers have to bear, and no
 * protection from a ban: nobody knows the network's rules, and they are not ours to go round.
 */
export interface WarmUp {
  /** On the first day, and never less. */
  readonly firstDay: number
  /** Each day on which any were sent allows the next one this many times as many. At least 1. */
  readonly growth: number
  /** Never more. */
  readonly most: number
}

export const warmUpDefaults: WarmUp = { firstDay: 20, growth: 1.5, most: 250 }

/** How many strangers were written to on a day. */
export interface StrangerDay {
  /** `2026-03-01`, by the calendar of the instance's zone. */
  readonly day: string
  readonly n: number
}

export interface WarmUpAllowance {
  /** Today, by which to count what is sent now. */
  readonly day: string
  /** How many more may be written to today. */
  readonly allowed: number
  /** When the next day begins in the instance's zone, in milliseconds. */
  readonly nextDayAt: number
}

/**
 * What the warm-up leaves over today. Days are those of the instance's zone, so that a working day is one day. Each whole
 * week without any sets it back by half. Days later than today were written before the clock was set back, and count as
 * today.
 * @param history in any order; the last hundred days are enough
 * @param zone IANA zone of the instance
 */
export function warmUpAllowance(
  settings: WarmUp,
  history: readonly StrangerDay[],
  now: number,
  zone: string,
): WarmUpAllowance {
  const present = luxon().DateTime.fromMillis(now, { zone })
  // Where the clocks are put back over midnight it comes twice, and the day begins with the first one.
  const midnights = present.plus({ days: 1 }).startOf('day').getPossibleOffsets()
  const today = present.toFormat('yyyy-MM-dd')
  const used = history.filter((it) => it.n > 0)
  const before = used.filter((it) => it.day < today).map((it) => dayNumber(it.day))
  const already = used.filter((it) => it.day >= today).reduce((sum, it) => sum + it.n, 0)
  return {
    day: today,
    allowed: Math.max(0, Math.floor(levelAfter(settings, before, dayNumber(today))) - already),
    nextDayAt: Math.min(...midnights.map((it) => it.toMillis())),
  }
}

function levelAfter({ firstDay, growth, most }: WarmUp, days: readonly number[], today: number): number {
  const least = Math.min(firstDay, most)
  let level = least
  let last = today
  for (const day of [...days].sort((a, b) => a - b)) {
    level = Math.min(most, rested(level, day - last, least) * growth)
    last = day
  }
  return rested(level, today - last, least)
}

/** What is left of a level after a number of days from one that was used to the next. */
function rested(level: number, days: number, least: number): number {
  const weeks = Math.max(0, Math.floor((days - 1) / 7))
  return Math.max(least, level / 2 ** weeks)
}

function dayNumber(day: string): number {
  return Date.parse(day) / 86_400_000
}
