import { Alarm } from './alarm.ts'
import type { Keyring } from './keyring.ts'

/** Tells of keys that come to their end: a request finds out by itself, an open connection has to be told. */
export class KeyExpiry {
  readonly #ring: () => Keyring
  readonly #ended: (id: string) => void
  readonly #now: () => number
  readonly #alarm: Alarm
  #seen: number

  constructor(ring: () => Keyring, ended: (id: string) => void, now: () => number = Date.now) {
    this.#ring = ring
    this.#ended = ended
    this.#now = now
    this.#seen = now()
    this.#alarm = new Alarm(() => this.#look(), now)
  }

  /** To be called whenever a key was added. */
  watch(): void {
    this.#alarm.set(this.#ring().nextEnd(this.#seen))
  }

  stop(): void {
    this.#alarm.set(undefined)
  }

  #look(): void {
    const now = this.#now()
    const since = this.#seen
    this.#seen = now
    for (const { id, expiresAt } of this.#ring().records())
      if (expiresAt !== null && expiresAt > since && expiresAt <= now) this.#ended(id)
    this.watch()
  }
}
