import type { Scheduler } from '../scheduler.ts'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

/** Time that passes only when the test says so. */
export class VirtualScheduler implements Scheduler {
  #now = 1_700_000_000_000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Lets time pass, and everything happen in it that hangs on timers and on settled promises. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.at
      this.#timers.delete(next)
      next.fn()
      await settle()
    }
    this.#now = end
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter((it) => it.at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets all promises that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
