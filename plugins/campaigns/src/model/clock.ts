import { setImmediate as turn } from 'node:timers/promises'
import { vi } from 'vitest'

/** So many turns of the event loop without anything new, and nothing more comes by itself. */
const enough = 6
const limit = 20_000

/**
 * The time in which the system lives: it stands still until a command lets it pass, so that a sequence takes the same course
 * each time. The turns of the event loop are real.
 */
export class Clock implements Disposable {
  /** How much has been done so far, and whether anything is under way. */
  readonly #activity: () => { readonly done: number; readonly underWay: number }

  constructor(activity: () => { readonly done: number; readonly underWay: number }) {
    this.#activity = activity
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
      now: Date.UTC(2026, 2, 2, 12),
    })
  }

  [Symbol.dispose](): void {
    vi.useRealTimers()
  }

  async turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await turn()
  }

  /** Until nothing happens any more without time passing. */
  async settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < enough; turns++) {
      if (turns > limit) throw new Error('the system does not come to rest: it works on and on without time passing')
      const before = this.#activity().done
      await turn()
      const { done, underWay } = this.#activity()
      quiet = underWay === 0 && done === before ? quiet + 1 : 0
    }
  }

  /** Lets time pass, timer by timer; what each of them sets off comes to its end before the next. */
  async pass(ms: number): Promise<void> {
    const until = Date.now() + ms
    await this.settle()
    while (Date.now() < until) {
      if (vi.getTimerCount() === 0) vi.advanceTimersByTime(until - Date.now())
      else vi.advanceTimersToNextTimer()
      await this.settle()
    }
  }

  /** Lets time pass until something ends that waits for it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false
    const over = () => {
      isOver = true
    }
    promise.then(over, over)
    while (!isOver) {
      await turn()
      if (!isOver) vi.advanceTimersByTime(5)
    }
    return promise
  }
}
