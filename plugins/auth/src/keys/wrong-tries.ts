interface Window {
  count: number
  readonly until: number
}

/** What follows from one more wrong try. */
export interface Wrong {
  /** How long the address has to wait in milliseconds, when there were too many. */
  readonly waitMs: number
  /** True once for each time that an address has to wait. */
  readonly isNew: boolean
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

  count(address: string, now: number): Wrong {
    let window = this.#windows.get(address)
    if (!window || window.until <= now) {
      // Set anew, so that the map's order is that of the windows' ends.
      this.#windows.delete(address)
      window = { count: 0, until: now + this.#windowMs }
      this.#windows.set(address, window)
      if (this.#windows.size > MOST) this.#windows.delete(this.#windows.keys().next().value!)
    }
    window.count++
    return {
      waitMs: window.count > this.#limit ? window.until - now : 0,
      isNew: window.count === this.#limit + 1,
    }
  }
}
