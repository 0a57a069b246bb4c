/** How many sends may begin in any hour, and in any 24 hours. Absent: as many as the rest allows. At least 1. */
export interface Caps {
  readonly perHour?: number | undefined
  readonly perDay?: number | undefined
}

/** How many sends began within a minute; minutes are counted from 1970 (UTC). */
export interface SentMinute {
  readonly minute: number
  readonly n: number
}

export interface Allowance {
  /** How many sends may begin now; `Infinity` without caps. */
  readonly allowed: number
  /** When none may: the moment from which one may. Otherwise `now`. */
  readonly restUntil: number
}

const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

export function minuteOf(now: number): number {
  return Math.floor(now / minuteMs)
}

/**
 * What caps leave over. The windows roll: no 60 minutes and no 24 hours ever see more sends begin than allowed, wherever one
 * lays them. A minute counts as if all of its sends had begun at its end, so that the answer errs on the side of waiting.
 */
export function allowance(caps: Caps, sent: readonly SentMinute[], now: number): Allowance {
  const hour = within(caps.perHour, hourMs, sent, now)
  const day = within(caps.perDay, dayMs, sent, now)
  return { allowed: Math.min(hour.allowed, day.allowed), restUntil: Math.max(hour.restUntil, day.restUntil) }
}

/**
 * The minutes that still matter, at most one for each of a day. What lies in the future was written before the clock was set
 * back: it has happened, so it counts as if it had happened just now. Store what this answers, so that it does not count as
 * new again and again.
 */
export function settled(sent: readonly SentMinute[], now: number): SentMinute[] {
  const present = minuteOf(now)
  const kept = new Map<number, number>()
  for (const it of sent) {
    const minute = Math.min(it.minute, present)
    if (leaves(minute, dayMs) > now) kept.set(minute, (kept.get(minute) ?? 0) + it.n)
  }
  return [...kept].map(([minute, n]) => ({ minute, n }))
}

/** When the last send of a minute leaves a window of this length. */
export function leaves(minute: number, windowMs: number): number {
  return (minute + 1) * minuteMs + windowMs
}

function within(cap: number | undefined, windowMs: number, sent: readonly SentMinute[], now: number): Allowance {
  if (cap === undefined) return { allowed: Number.POSITIVE_INFINITY, restUntil: now }
  let used = 0
  for (const { minute, n } of sent) if (leaves(minute, windowMs) > now) used += n
  if (used < cap) return { allowed: cap - used, restUntil: now }
  let restUntil = now
  for (const { minute, n } of settled(sent, now).sort((a, b) => a.minute - b.minute)) {
    if (leaves(minute, windowMs) <= now) continue
    if (used < cap) break
    used -= n
    restUntil = leaves(minute, windowMs)
  }
  return { allowed: 0, restUntil }
}
