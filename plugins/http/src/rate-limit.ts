import type { RateLimits } from '@waqtor/contracts'

/** At most this many callers are remembered before those that have been quiet are let go. */
const MOST = 10_000

/**
 * A rate limit by caller: a steady rate and a burst (the generic cell rate algorithm). One number is kept for each
 * caller, the time at which its allowance is whole again.
 */
export class RateLimit {
  readonly #limits: RateLimits
  readonly #whole = new Map<string, number>()

  constructor(limits: RateLimits) {
    this.#limits = limits
  }

  /**
   * Takes one from the caller's allowance. Answers how many milliseconds to wait when there is none left, else 0.
   * @param own the caller's own limit, in place of everybody's
   */
  take(caller: string, now: number, own?: RateLimits): number {
    const { perSecond, burst } = own ?? this.#limits
    const intervalMs = 1_000 / perSecond
    const burstMs = burst * intervalMs
    const whole = Math.max(now, this.#whole.get(caller) ?? 0) + intervalMs
    if (whole - now > burstMs) return whole - now - burstMs
    if (this.#whole.size >= MOST) this.#forgetQuiet(now)
    this.#whole.set(caller, whole)
    return 0
  }

  #forgetQuiet(now: number): void {
    for (const [caller, whole] of this.#whole) if (whole <= now) this.#whole.delete(caller)
    // All of them busy: the one that has been known longest loses its record, which favours it for a moment.
    if (this.#whole.size >= MOST) this.#whole.delete(this.#whole.keys().next().value!)
  }
}
