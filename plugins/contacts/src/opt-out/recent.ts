/** Opt-outs that may have been committed while a row of the same chat was on its way from the gate to the wire. */
const REMEMBERED = 10_000

/** The opt-outs of one process committed lately, in memory: asked at the very call of the transport. */
export class RecentOptOuts {
  readonly #limit: number
  readonly #keys = new Set<string>()

  constructor(limit = REMEMBERED) {
    this.#limit = limit
  }

  add(instance: string, hashes: readonly string[]): void {
    for (const hash of hashes) {
      const key = `${instance} ${hash}`
      // Put behind the others again: the first of a set is the one that was there longest.
      this.#keys.delete(key)
      this.#keys.add(key)
      if (this.#keys.size <= this.#limit) continue
      const [oldest] = this.#keys
      this.#keys.delete(oldest!)
    }
  }

  remove(instance: string, hashes: readonly string[]): void {
    for (const hash of hashes) this.#keys.delete(`${instance} ${hash}`)
  }

  has(instance: string, hash: string): boolean {
    return this.#keys.has(`${instance} ${hash}`)
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0
  }
}
