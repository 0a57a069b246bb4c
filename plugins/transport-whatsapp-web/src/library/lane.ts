/** Does one thing after another, in the order in which they were asked for. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  /** Resolves once everything that was asked for up to now is done, well or badly. */
  async idle(): Promise<void> {
    await this.#last
  }
}
