/**
 * The end of something that many wait for beside their own work. A promise in a race would do, but keeps whatever it was
 * ever raced with for as long as it is open itself.
 */
export class End {
  readonly #told = new Set<(reason: Error) => void>()
  #reason: Error | undefined

  /** It is over, for this reason; a second one counts no more. */
  come(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    for (const tell of this.#told) tell(reason)
    this.#told.clear()
  }

  /** What the work comes to. @throws the reason of the end, where that comes first */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const undo = this.whenOver(reject)
      work.then(resolve, reject).finally(undo)
    })
  }

  /** Calls `tell` once it is over, at once where it is already. Returns the undo. */
  whenOver(tell: (reason: Error) => void): () => void {
    if (this.#reason) tell(this.#reason)
    else this.#told.add(tell)
    return () => this.#told.delete(tell)
  }
}
