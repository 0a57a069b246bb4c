const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long after each failed attempt the next one follows: about three days in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

/** A receiver may ask for patience, but not for ever. */
const LONGEST_MS = 24 * HOUR
const JITTER = 0.1

/** What came of an attempt. */
export interface Outcome {
  readonly at: number
  readonly durationMs: number
  /** `null` when there was no answer. */
  readonly statusCode: number | null
  /** In words; `null` when it was delivered. */
  readonly problem: string | null
  /** What the receiver asked for in `Retry-After`. */
  readonly retryAfterMs?: number | undefined
}

/** What follows from it. */
export type Verdict =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly dueAt: number }
  | { readonly state: 'dead'; readonly gone: boolean }

/** How attempts follow on each other. */
export interface Plan {
  /** How long after each failed attempt the next one follows. After the last of them none does. */
  readonly delays: readonly number[]
  /** From 0 up to 1. */
  readonly random: number
}

/**
 * Decides what becomes of a delivery.
 * @param tries how many attempts there were in this round, the present one included
 * @param now when the attempt was over
 */
export function judge(outcome: Outcome, tries: number, { delays, random }: Plan, now: number): Verdict {
  if (outcome.problem === null) return { state: 'delivered' }
  // 410 Gone is how a receiver says that it wants nothing more.
  if (outcome.statusCode === 410) return { state: 'dead', gone: true }
  const delay = delays[tries - 1]
  if (delay === undefined) return { state: 'dead', gone: false }
  const jittered = delay * (1 + JITTER * (2 * random - 1))
  // Sooner than planned would use the attempts up before the receiver is back.
  const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_MS)
  return { state: 'pending', dueAt: now + Math.round(Math.max(jittered, asked)) }
}

/** Milliseconds that `Retry-After` asks for, in either of its forms; nothing when it is none of them. */
export function retryAfter(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * SECOND
  const time = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}
