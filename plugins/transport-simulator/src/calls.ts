import type { Clock } from './network/clock.ts'
import type { Answer, Outcome, Results } from './network/operations.ts'

interface Waiting {
  readonly since: number
  readonly answered: (outcome: Outcome) => void
  readonly failed: (reason: string) => void
}

/**
 * The questions that have no answer yet. All wait equally long, so the first is always the first to run out,
 * and one timer watches over all of them.
 */
export class Calls {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #waiting = new Set<Waiting>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /**
   * Asks, and waits.
   * @param ask gets the function that takes the answer; an answer that comes too late is dropped
   * @param unanswered makes the error for a question whose answer will not come any more
   */
  begin<K extends keyof Results>(ask: (answer: Answer) => void, unanswered: (reason: string) => Error) {
    return new Promise<Outcome<K>>((resolve, reject) => {
      const waiting: Waiting = {
        since: this.#clock.monotonic(),
        answered: (outcome) => resolve(outcome as Outcome<K>),
        failed: (reason) => reject(unanswered(reason)),
      }
      this.#waiting.add(waiting)
      this.#watch()
      ask((outcome) => {
        if (this.#waiting.delete(waiting)) waiting.answered(outcome)
      })
    })
  }

  /** No answer will come any more. */
  failAll(reason: string): void {
    const all = [...this.#waiting]
    this.#waiting.clear()
    this.#cancel?.()
    this.#cancel = undefined
    for (const waiting of all) waiting.failed(reason)
  }

  #watch(): void {
    const [first] = this.#waiting
    if (!first || this.#cancel) return
    const ms = Math.max(1, first.since + this.#timeoutMs - this.#clock.monotonic())
    this.#cancel = this.#clock.after(Math.ceil(ms), () => {
      this.#cancel = undefined
      this.#expire()
      this.#watch()
    })
  }

  #expire(): void {
    const now = this.#clock.monotonic()
    for (const waiting of this.#waiting) {
      if (waiting.since + this.#timeoutMs > now) return
      this.#waiting.delete(waiting)
      waiting.failed(`no answer within ${this.#timeoutMs} ms`)
    }
  }
}
