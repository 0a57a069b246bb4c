/**
 * One answer for all who ask while it is made, or within a time of its beginning: they share the work, and a crowd costs no
 * more than one.
 */
export class Shared<T> {
  readonly #make: () => Promise<T>
  readonly #forMs: number
  readonly #now: () => number
  #latest: { readonly at: number; readonly answer: Promise<T>; isMade: boolean } | undefined

  /** @param now milliseconds of a clock that is never set */
  constructor(make: () => Promise<T>, forMs: number, now: () => number = () => performance.now()) {
    this.#make = make
    this.#forMs = forMs
    this.#now = now
  }

  get(): Promise<T> {
    const now = this.#now()
    if (this.#latest && (!this.#latest.isMade || now - this.#latest.at < this.#forMs)) return this.#latest.answer
    const latest = { at: now, answer: this.#make(), isMade: false }
    this.#latest = latest
    // What failed is no answer for others: the next one tries again.
    latest.answer.then(
      () => {
        latest.isMade = true
      },
      () => {
        this.#latest = undefined
      },
    )
    return latest.answer
  }
}
