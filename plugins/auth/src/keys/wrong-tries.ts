interface Window {
  count: number
  readonly until: number
}

/** At most this many addresses are remembered; the oldest go first. */
const MOST = 10_000

/** Counts wrong credentials by address. A right one is never counted and never held up. */
export class WrongTries {
  readonly #limit: number
  readonly #windowMs: number
  readonly #windows = new Map<string, Window>()

  constructor(limit: number, windowMs: number) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  /** Counts one more. Answers how many milliseconds to wait when there were too many, else 0. */
  count(address: string, now: number): number {
    let window = this.#windows.get(address)
    if (!window || window.until <= now) {
      // Set anew, so that the map's order is that of the windows' ends.
      this.#windows.delete(address)
      window = { count: 0, until: now + this.#windowMs }
      this.#windows.set(address, window)
      if (this.#windows.size > MOST) this.#windows.delete(this.#windows.keys().next().value!)
    }
    window.count++
    return window.count > this.#limit ? window.until - now : 0
  }
}
