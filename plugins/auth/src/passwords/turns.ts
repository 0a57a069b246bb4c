import { fail } from '@waqtor/contracts'

/** Lets few work at once: the others wait their turn, and when too many wait, one more is sent away. */
export class Turns {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #working = 0

  constructor({ atOnce, mostWaiting }: { readonly atOnce: number; readonly mostWaiting: number }) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  /** @throws WaqtorError WAQ_RATE_LIMITED (429) when too many wait already */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working < this.#atOnce) this.#working++
    else {
      if (this.#waiting.length >= this.#mostWaiting)
        throw fail('WAQ_RATE_LIMITED', 'too many passwords are being checked just now', { retryAfter: 5 })
      // Whoever is done hands its place on, so the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#working--
    }
  }
}
