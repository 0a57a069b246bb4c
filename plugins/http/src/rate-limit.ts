/** At most this many callers are remembered before those that have been quiet are let go. */
const MOST = 10_000

/**
 * A rate limit by caller: a steady rate and a burst (the generic cell rate algorithm). One number is kept for each
 * caller, the time at which its allowance is whole again.
 */
export class RateLimit {
  readonly #intervalMs: number
  readonly #burstMs: number
  readonly #whole = new Map<string, number>()

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#intervalMs = 1_000 / perSecond
    this.#burstMs = burst * this.#intervalMs
  }

  /** Takes one from the caller's allowance. Answers how many milliseconds to wait when there is none left, else 0. */
  take(caller: string, now: number): number {
    const whole = Math.max(now, this.#whole.get(caller) ?? 0) + this.#intervalMs
    if (whole - now > this.#burstMs) return whole - now - this.#burstMs
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
