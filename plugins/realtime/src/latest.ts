interface Waiting {
  readonly group: string
  readonly send: () => void
}

/** More things than this do not wait at once: the oldest gives way. */
const MOST_WAITING = 1_000

/**
 * The latest of each thing, until it is its turn to be sent. A later one takes the place of an earlier one, and its turn
 * with it: however fast they come, what waits is no more than there are things.
 */
export class Latest {
  readonly #waiting = new Map<string, Waiting>()
  readonly #replaced: () => void

  /** @param replaced told of each one that is not sent */
  constructor(replaced: () => void) {
    this.#replaced = replaced
  }

  get size(): number {
    return this.#waiting.size
  }

  /** @param group what is sent in order: see `flush` */
  put(key: string, group: string, send: () => void): void {
    if (this.#waiting.has(key)) this.#replaced()
    else if (this.#waiting.size >= MOST_WAITING) {
      this.#waiting.delete(this.#waiting.keys().next().value!)
      this.#replaced()
    }
    this.#waiting.set(key, { group, send })
  }

  /** Sends those whose turn it is, longest waiting first. */
  take(most: number): void {
    for (const [key, { send }] of this.#waiting) {
      if (most-- <= 0) return
      this.#waiting.delete(key)
      send()
    }
  }

  /** Sends a group at once, so that what comes after it is not overtaken. */
  flush(group: string): void {
    for (const [key, waiting] of this.#waiting) {
      if (waiting.group !== group) continue
      this.#waiting.delete(key)
      waiting.send()
    }
  }

  clear(): void {
    this.#waiting.clear()
  }
}
