import { WaqtorError } from '@waqtor/kernel'
import type { IANAZone } from 'luxon'
import { luxon } from './luxon.ts'

/** A time in which a zone keeps its offset; both in milliseconds. */
export interface OffsetSpan {
  readonly since: number
  readonly until: number
  /** What the clock on the wall is ahead of UTC. */
  readonly offset: number
}

const minute = 60_000
const twoWeeks = 14 * 24 * 60 * minute
/** Enough for an estimate to go through its days again from their beginning. */
const keptSpans = 4

/** The clock of one zone. It remembers its offsets, for to ask for one takes some microseconds. */
export class ZoneClock {
  readonly #zone: IANAZone
  readonly #spans: OffsetSpan[] = []

  constructor(name: string) {
    this.#zone = luxon().IANAZone.create(name)
  }

  get valid(): boolean {
    return this.#zone.isValid
  }

  /**
   * The offset at a moment, and for how long it holds at least.
   * @throws WaqtorError WAQ_INPUT_INVALID for a moment that is beyond the calendar, hundreds of thousands of years from now
   */
  span(at: number): OffsetSpan {
    const kept = this.#spans.find((it) => at >= it.since && at < it.until)
    if (kept) return kept
    const since = Math.floor(at)
    const offset = this.#offset(since)
    if (Number.isNaN(offset))
      throw new WaqtorError('WAQ_INPUT_INVALID', `there is no day at ${at}; give milliseconds since 1970 (UTC)`)
    // No zone leaves an offset and comes back to it within two weeks: the shortest known absence is a Ramadan.
    const ahead = since + twoWeeks
    const span = { since, until: this.#offset(ahead) === offset ? ahead : this.#change(since, ahead), offset }
    if (this.#spans.unshift(span) > keptSpans) this.#spans.pop()
    return span
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
