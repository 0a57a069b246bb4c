import { randomBytes, timingSafeEqual } from 'node:crypto'
import { digestOf } from '../keys/credential.ts'

const TOKEN_BYTES = 20
export const SETUP_MINUTES = 15

/** The one-time token of the first-run set-up: drawn at a start, kept as a digest in memory alone, good once and not for long. */
export class SetupToken {
  readonly #now: () => number
  #digest: Buffer | undefined
  #until = 0

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Draws one of 160 bits, in place of an earlier one. */
  draw(): string {
    const text = randomBytes(TOKEN_BYTES).toString('hex')
    this.#digest = digestOf(text)
    this.#until = this.#now() + SETUP_MINUTES * 60_000
    return text
  }

  /** Until when it is good; nothing when there is none that is. */
  get openUntil(): number | undefined {
    return this.#digest && this.#until > this.#now() ? this.#until : undefined
  }

  /** True for the right token. */
  is(text: string): boolean {
    return this.openUntil !== undefined && timingSafeEqual(digestOf(text.trim()), this.#digest!)
  }

  /** Takes the right token out of use. Answers how to put it back, when what it was used for came to nothing. */
  take(): () => void {
    const digest = this.#digest
    this.#digest = undefined
    return () => {
      this.#digest = digest
    }
  }
}
