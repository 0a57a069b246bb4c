/** How long the place of somebody who left is kept: a plugin that is restarted is back within seconds. Milliseconds. */
const keptMs = 60_000

/**
 * Those without whom nothing goes on, by name. One who leaves, because its plugin is being restarted, is missed for a minute;
 * who has not come back then is gone for good.
 */
export class Away {
  readonly #names = new Map<string, NodeJS.Timeout>()
  readonly #waiting = new Set<() => void>()

  get isEmpty(): boolean {
    return this.#names.size === 0
  }

  left(name: string): void {
    this.came(name)
    this.#names.set(
      name,
      setTimeout(() => this.came(name), keptMs),
    )
  }

  came(name: string): void {
    clearTimeout(this.#names.get(name))
    this.#names.delete(name)
    if (this.isEmpty) this.#ring()
  }

  /** Resolves when nobody is missed; rejects with the reason of the signal. */
  async nobody(signal: AbortSignal): Promise<void> {
    while (!this.isEmpty) {
      signal.throwIfAborted()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
    }
  }

  /** Misses nobody any more. */
  close(): void {
    for (const timer of this.#names.values()) clearTimeout(timer)
    this.#names.clear()
    this.#ring()
  }

  #ring(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
