import type { Clock } from '../clock.ts'

/** Lets one waiter go on when it is rung, or after a time. What was rung before the wait counts. */
export class Bell {
  readonly #clock: Clock
  #rung = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** @param ms how long at most; for ever when absent */
  async heard(ms?: number): Promise<void> {
    if (!this.#rung) {
      const over = new AbortController()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (ms !== undefined) void this.#clock.wait(ms, over.signal).then(resolve)
      })
      this.#wake = undefined
      over.abort()
    }
    this.#rung = false
  }
}
