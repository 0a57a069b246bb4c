interface Waiting<T> {
  readonly group: string
  readonly it: T
}

/** More things than this do not wait at once: the oldest gives way. */
const MOST_WAITING = 1_000

/**
 * The latest of each thing, until it is its turn to be sent. A later one takes the place of an earlier one, and its turn
 * with it: however fast they come, what waits is no more than there are things.
 */
export class Latest<T> {
  readonly #waiting = new Map<string, Waiting<T>>()
  readonly #replaced: () => void

  /** @param replaced told of each one that is not sent */
  constructor(replaced: () => void) {
    this.#replaced = replaced
  }

  get size(): number {
    return this.#waiting.size
  }

  /** @param group what is sent in order: see `takeGroup` */
  put(key: string, group: string, it: T): void {
    if (this.#waiting.has(key)) this.#replaced()
    else if (this.#waiting.size >= MOST_WAITING) {
      this.#waiting.delete(this.#waiting.keys().next().value!)
      this.#replaced()
    }
    this.#waiting.set(key, { group, it })
  }

  /** Those whose turn it is, longest waiting first. */
  take(most: number): readonly T[] {
    const taken: T[] = []
    for (const [key, { it }] of this.#waiting) {
      if (taken.length >= most) break
      this.#waiting.delete(key)
      taken.push(it)
    }
    return taken
  }

  /** A whole group, to be sent before something that must not overtake it. */
  takeGroup(group: string): readonly T[] {
    const taken: T[] = []
    for (const [key, waiting] of this.#waiting) {
      if (waiting.group !== group) continue
      this.#waiting.delete(key)
      taken.push(waiting.it)
    }
    return taken
  }

  clear(): void {
    this.#waiting.clear()
  }
}
