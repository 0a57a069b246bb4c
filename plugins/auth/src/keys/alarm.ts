/** A timer takes at most 2^31 − 1 milliseconds; more would fire at once. */
const LONGEST_MS = 2_147_483_647

/** Calls once at a moment, which may be moved; keeps no process alive. */
export class Alarm {
  readonly #ring: () => void
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined

  constructor(ring: () => void, now: () => number = Date.now) {
    this.#ring = ring
    this.#now = now
  }

  /** Sets it to another moment, or to none. */
  set(at: number | undefined): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (at === undefined) return
    const waitMs = Math.max(0, at - this.#now())
    this.#timer = setTimeout(() => (waitMs > LONGEST_MS ? this.set(at) : this.#ring()), Math.min(waitMs, LONGEST_MS))
    this.#timer.unref()
  }
}
