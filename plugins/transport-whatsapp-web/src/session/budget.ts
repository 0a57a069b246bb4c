import { TransportError } from '@waqtor/contracts'

/** How many accounts may run a Chromium at once. */
export class Budget {
  readonly #limit: number
  readonly #holders = new Set<object>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws TransportError not-connected where the place is taken */
  take(holder: object): void {
    if (this.#holders.has(holder)) return
    if (this.#holders.size >= this.#limit) {
      throw new TransportError(
        'not-connected',
        `this machine runs ${this.#limit} WhatsApp accounts at once and no more: stop another one, or raise 'maxInstances'`,
      )
    }
    this.#holders.add(holder)
  }

  release(holder: object): void {
    this.#holders.delete(holder)
  }
}
