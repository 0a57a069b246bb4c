/** How often something may happen: steadily, and at once after a rest. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** What one caller may still do: a single number, the time at which the allowance is whole again. */
export class Allowance {
  readonly #intervalMs: number
  readonly #burstMs: number
  #wholeAt = 0

  constructor({ perSecond, burst }: Rate) {
    this.#intervalMs = 1_000 / perSecond
    this.#burstMs = burst * this.#intervalMs
  }

  /** Takes one; false when there is none left. */
  take(now: number): boolean {
    const wholeAt = Math.max(now, this.#wholeAt) + this.#intervalMs
    if (wholeAt - now > this.#burstMs) return false
    this.#wholeAt = wholeAt
    return true
  }
}
