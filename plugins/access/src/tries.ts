/** How often somebody has guessed. Times are milliseconds since 1970. */
export interface Tries {
  /** Wrong codes since the last right one. */
  readonly failures: number
  readonly lastAt: number
  /** The codes that were looked at within a day, oldest first. */
  readonly recent: readonly number[]
}

export const IN_A_ROW = 5
export const PER_DAY = 25
export const EVER = 100
const LONGEST_WAIT_MINUTES = 60
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export const noTries: Tries = { failures: 0, lastAt: 0, recent: [] }

/** After five wrong codes in a row a minute, then two, four … sixty. */
export function waitMs(failures: number): number {
  if (failures < IN_A_ROW) return 0
  return Math.min(LONGEST_WAIT_MINUTES, 2 ** Math.min(failures - IN_A_ROW, 30)) * MINUTE_MS
}

/** True when nobody but an administrator can make a code count again. */
export function isBlocked({ failures }: Tries): boolean {
  return failures >= EVER
}

/** Before this moment no code is looked at; 0 when one is looked at now. */
export function waitUntil(tries: Tries, now: number): number {
  const { failures, lastAt } = tries
  const recent = recentOf(tries, now)
  const wait = failures >= IN_A_ROW ? lastAt + waitMs(failures) : 0
  const day = recent.length >= PER_DAY ? recent[recent.length - PER_DAY]! + DAY_MS : 0
  const until = Math.max(wait, day)
  return until > now ? until : 0
}

/** True when a code is looked at. */
export function mayTry(tries: Tries, now: number): boolean {
  return !isBlocked(tries) && waitUntil(tries, now) === 0
}

/** One try more, counted as wrong before anybody knows. */
export function raised(tries: Tries, now: number): Tries {
  return { failures: tries.failures + 1, lastAt: now, recent: [...recentOf(tries, now), now].slice(-PER_DAY) }
}

/** It was right after all. The tries of the day stay counted. */
export function succeeded(tries: Tries): Tries {
  return { ...tries, failures: 0 }
}

function recentOf({ recent }: Tries, now: number): readonly number[] {
  return recent.filter((it) => now - it < DAY_MS)
}
