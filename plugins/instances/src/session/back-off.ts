export interface BackOff {
  readonly minMs: number
  readonly maxMs: number
}

/**
 * How long to wait after so many failures in a row (1 is the first): doubling up to a ceiling, half of it left to chance,
 * so that accounts which fell together do not come back together.
 * @param random from 0 to 1
 */
export function backOff(failures: number, random: number, { minMs, maxMs }: BackOff): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(Math.max(failures - 1, 0), 30))
  return Math.round(whole / 2 + (whole / 2) * random)
}
