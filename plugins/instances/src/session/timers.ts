import type { Scheduler } from '../scheduler.ts'

/** Timers by name; of each there is one at a time. */
export class Timers<Name extends string> {
  readonly #scheduler: Scheduler
  readonly #cancels = new Map<Name, () => void>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  arm(name: Name, ms: number, fn: () => void): void {
    this.disarm(name)
    const cancel = this.#scheduler.after(ms, () => {
      this.#cancels.delete(name)
      fn()
    })
    this.#cancels.set(name, cancel)
  }

  disarm(name: Name): void {
    this.#cancels.get(name)?.()
    this.#cancels.delete(name)
  }
}
