/** Lets one waiter through for every time it was opened since; what happened before the wait counts. */
export class Latch {
  #open = false
  #waiter: (() => void) | undefined

  open(): void {
    this.#open = true
    this.#waiter?.()
  }

  async passed(): Promise<void> {
    if (!this.#open) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve
      })
    }
    this.#waiter = undefined
    this.#open = false
  }
}
