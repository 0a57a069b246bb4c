/** One answer for all who ask within a time: they share the work, and a crowd costs no more than one. */
export class Shared<T> {
  readonly #make: () => Promise<T>
  readonly #forMs: number
  readonly #now: () => number
  #latest: { readonly at: number; readonly answer: Promise<T> } | undefined

  /** @param now milliseconds of a clock that is never set */
  constructor(make: () => Promise<T>, forMs: number, now: () => number = () => performance.now()) {
    this.#make = make
    this.#forMs = forMs
    this.#now = now
  }

  get(): Promise<T> {
    const now = this.#now()
    if (this.#latest && now - this.#latest.at < this.#forMs) return this.#latest.answer
    const latest = { at: now, answer: this.#make() }
    this.#latest = latest
    // What failed is no answer for others: the next one tries again.
    latest.answer.catch(() => {
      if (this.#latest === latest) this.#latest = undefined
    })
    return latest.answer
  }
}
