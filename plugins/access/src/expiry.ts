import type { Opened } from './opened.ts'

/** A timer takes no more than 24.8 days; a shorter one also notices that the clock was set. */
const LONGEST_MS = 3_600_000

/** Tells when something that was open has come to its end, so that live connections are asked anew. */
export class Expiry {
  readonly #opened: Opened
  readonly #ended: (userId: string) => void
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(opened: Opened, ended: (userId: string) => void, now: () => number) {
    this.#opened = opened
    this.#ended = ended
    this.#now = now
  }

  /** Looks at the next end anew. Call it when something was opened or closed. */
  schedule(): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const next = this.#opened.nextEnd()
    if (next === Number.POSITIVE_INFINITY) return
    const delay = Math.min(Math.max(next - this.#now(), 0), LONGEST_MS)
    this.#timer = setTimeout(() => this.#due(), delay).unref()
  }

  /** For good: what is committed after the plugin's end schedules nothing. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #due(): void {
    for (const userId of this.#opened.expire(this.#now())) this.#ended(userId)
    this.schedule()
  }
}
