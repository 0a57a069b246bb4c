import { IANAZone } from 'luxon'

/** A time in which a zone keeps its offset; both in milliseconds. */
export interface OffsetSpan {
  readonly since: number
  readonly until: number
  /** What the clock on the wall is ahead of UTC. */
  readonly offset: number
}

const minute = 60_000
const week = 7 * 24 * 60 * minute

/** The clock of one zone. It remembers its offset, for to ask for it takes some microseconds. */
export class ZoneClock {
  readonly #zone: IANAZone
  #span: OffsetSpan | undefined

  constructor(name: string) {
    this.#zone = IANAZone.create(name)
  }

  get valid(): boolean {
    return this.#zone.isValid
  }

  /** The offset at a moment, and for how long it holds at least. */
  span(at: number): OffsetSpan {
    if (this.#span && at >= this.#span.since && at < this.#span.until) return this.#span
    const since = Math.floor(at)
    const offset = this.#offset(since)
    // No zone leaves an offset and comes back to it within a week.
    const until = this.#offset(since + week) === offset ? since + week : this.#change(since, since + week)
    this.#span = { since, until, offset }
    return this.#span
  }

  /** The first moment with another offset than `before` has. */
  #change(before: number, after: number): number {
    const offset = this.#offset(before)
    let low = before
    let high = after
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.#offset(middle) === offset) low = middle
      else high = middle
    }
    return high
  }

  #offset(at: number): number {
    return this.#zone.offset(at) * minute
  }
}
