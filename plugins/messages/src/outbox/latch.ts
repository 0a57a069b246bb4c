/** Something to wait at until somebody rings; rings while nobody waits are remembered as one. */
export class Latch {
  #rung = false
  #release: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#release?.()
  }

  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#release = resolve
      })
    }
    this.#rung = false
    this.#release = undefined
  }
}
