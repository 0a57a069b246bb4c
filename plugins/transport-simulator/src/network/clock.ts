/** Time as the network sees it. */
export interface Clock {
  /** Milliseconds since 1970; may be set back and forth by whoever owns the machine. */
  now(): number
  /** Milliseconds since some start; only ever grows. Delays are measured with it. */
  monotonic(): number
  /** Calls `fn` once, `ms` from now; the answer calls it off. */
  after(ms: number, fn: () => void): () => void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

interface Timer {
  readonly at: number
  readonly fn: () => void
}

/** A clock that stands still until it is advanced by hand. */
export class VirtualClock implements Clock {
  #elapsed = 0
  #timers: Timer[] = []
  readonly #start: number

  constructor(start: number = Date.UTC(2030, 0, 1)) {
    this.#start = start
  }

  now(): number {
    return this.#start + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#elapsed + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer)
    }
  }

  /** Lets `ms` pass: everything that is due runs in order, and what it sets off in promises is settled in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await settle()
    for (;;) {
      const due = this.#timers.filter((it) => it.at <= end)
      const next = due.reduce<Timer | undefined>((first, it) => (first && first.at <= it.at ? first : it), undefined)
      if (!next) break
      this.#timers = this.#timers.filter((it) => it !== next)
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.fn()
      await settle()
    }
    this.#elapsed = end
  }
}

/** Long enough for every promise that is settled already to have told its listeners. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
