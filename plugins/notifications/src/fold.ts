/** What is remembered of notices that are alike. Times are milliseconds since 1970. */
export interface Fold {
  readonly toldAt: number
  /** When the last one came, told or not. */
  readonly lastAt: number
  /** How often they were told without a rest in between; decides how long the next ones wait. */
  readonly times: number
  /** How many came since they were told last. */
  readonly untold: number
}

export interface Folded {
  readonly tell: boolean
  readonly next: Fold
}

const longestMs = 2 * 3_600_000

/**
 * Whether one more of the same is told. The first one is; those that follow wait, twice as long each time and at most two
 * hours, so that what fails over and over says so a few times and not a thousand. Pure.
 * @param foldMs the first pause; 0 tells all of them
 */
export function fold(known: Fold | undefined, now: number, foldMs: number): Folded {
  if (!known) return { tell: true, next: { toldAt: now, lastAt: now, times: 1, untold: 0 } }
  const pauseMs = Math.min(foldMs * 2 ** Math.min(known.times - 1, 20), longestMs)
  // A clock that was set back must not silence anything.
  if (now >= known.toldAt && now - known.toldAt < pauseMs)
    return { tell: false, next: { ...known, lastAt: Math.max(known.lastAt, now), untold: known.untold + 1 } }
  const rested = now < known.lastAt || now - known.lastAt >= 2 * pauseMs
  return { tell: true, next: { toldAt: now, lastAt: now, times: rested ? 1 : known.times + 1, untold: 0 } }
}
