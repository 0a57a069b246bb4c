export interface BreakerLimits {
  readonly failures: number
  readonly withinMs: number
  readonly pauseMs: number
}

/**
 * Lets nobody start a Chromium again and again for nothing. After so many lost connections within the time it opens for a
 * pause; then one try decides: another failure opens it again, since the old ones still count.
 */
export class Breaker {
  readonly #limits: BreakerLimits
  #failures: { readonly at: number; readonly reason: string }[] = []

  constructor(limits: BreakerLimits) {
    this.#limits = limits
  }

  /** Answers true when this failure has opened it. */
  fail(now: number, reason: string): boolean {
    this.#failures = this.#failures.filter((it) => it.at > now - this.#limits.withinMs)
    this.#failures.push({ at: now, reason })
    return this.#failures.length >= this.#limits.failures
  }

  /** Until when nothing is to be tried, and why. */
  open(now: number): { readonly until: number; readonly reason: string } | undefined {
    const { failures, withinMs, pauseMs } = this.#limits
    const recent = this.#failures.filter((it) => it.at > now - withinMs)
    const last = recent.at(-1)
    if (!last || recent.length < failures || last.at + pauseMs <= now) return undefined
    return { until: last.at + pauseMs, reason: last.reason }
  }
}
