const FIRST_MS = 1_000
const LONGEST_MS = 300_000

/** How long to wait before try number `attempt` (1 is the first repeat): doubling, with half of it left to chance. */
export function backOff(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20))
  return whole / 2 + (whole / 2) * random
}
