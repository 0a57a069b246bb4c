import type { Later } from './later.ts'

const EVERY_MS = 60_000

/** Counts what was too much to be written one by one, and writes the sum once a minute. */
export class Suppressed {
  readonly #later: Later
  #count = 0
  #since = 0
  #timer: NodeJS.Timeout | undefined

  constructor(later: Later) {
    this.#later = later
  }

  count(now: number): void {
    if (this.#count === 0) this.#since = now
    this.#count++
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS).unref()
  }

  /** Writes the sum now, if there is one. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#count === 0) return
    const target = JSON.stringify({ count: this.#count, since: this.#since })
    this.#count = 0
    this.#later.add({
      facts: {
        time: Date.now(),
        callId: null,
        action: 'audit.suppressed',
        phase: 'failed',
        attempt: null,
        principal: null,
        role: null,
        credential: null,
        via: null,
        address: null,
        instance: null,
        target,
        code: null,
      },
    })
  }
}
