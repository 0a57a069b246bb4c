export interface RecentOptions {
  readonly limit?: number
  /** Milliseconds that only go forward. */
  readonly now?: () => number
}

/** A row is on its way from the gate to the wire for seconds; what is older, the gate itself has seen. */
const REMEMBERED_MS = 600_000

/** The opt-outs of this process that were committed lately, in memory: asked at the very call of the transport. */
export class RecentOptOuts {
  readonly #limit: number
  readonly #now: () => number
  /** When each was committed, the oldest first. */
  readonly #times = new Map<string, number>()

  constructor({ limit = 10_000, now = () => performance.now() }: RecentOptions = {}) {
    this.#limit = limit
    this.#now = now
  }

  add(instance: string, hashes: readonly string[]): void {
    for (const hash of hashes) {
      const key = keyOf(instance, hash)
      this.#times.delete(key)
      this.#times.set(key, this.#now())
    }
    this.#tidy()
  }

  remove(instance: string, hashes: readonly string[]): void {
    for (const hash of hashes) this.#times.delete(keyOf(instance, hash))
  }

  has(instance: string, hash: string): boolean {
    const time = this.#times.get(keyOf(instance, hash))
    return time !== undefined && time > this.#now() - REMEMBERED_MS
  }

  get isEmpty(): boolean {
    return this.#times.size === 0
  }

  #tidy(): void {
    const old = this.#now() - REMEMBERED_MS
    for (const [key, time] of this.#times) {
      if (this.#times.size <= this.#limit && time > old) return
      this.#times.delete(key)
    }
  }
}

function keyOf(instance: string, hash: string): string {
  return `${instance} ${hash}`
}
