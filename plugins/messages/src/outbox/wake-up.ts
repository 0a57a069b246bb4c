/** One timer for many wishes: it rings at the earliest moment that was asked for. Moments are on the monotonic clock. */
export class WakeUp {
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #at = Number.POSITIVE_INFINITY

  constructor(ring: () => void) {
    this.#ring = ring
  }

  at(moment: number): void {
    if (moment >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = moment
    this.#timer = setTimeout(
      () => {
        this.#at = Number.POSITIVE_INFINITY
        this.#ring()
      },
      Math.max(1, moment - performance.now()),
    )
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#at = Number.POSITIVE_INFINITY
  }
}
