/** Where a code or a subscription opens everything that is gated. */
export const EVERYTHING = '*'

/** That something is open: a feature, or everything; `until` is `null` for good. */
export interface Opening {
  readonly feature: string
  readonly until: number | null
}

/** What is open to whom, in memory: the gate asks with every call. */
export class Opened {
  readonly #of = new Map<string, ReadonlyMap<string, number>>()

  /** All that is open to somebody, in place of what was. */
  set(id: string, openings: readonly Opening[]): void {
    const latest = new Map<string, number>()
    for (const { feature, until } of openings)
      latest.set(feature, Math.max(latest.get(feature) ?? 0, until ?? Number.POSITIVE_INFINITY))
    if (latest.size === 0) this.#of.delete(id)
    else this.#of.set(id, latest)
  }

  /** Until when a feature is open: `Infinity` for good, 0 when it is closed. */
  until(id: string, feature: string, now: number): number {
    const openings = this.#of.get(id)
    if (!openings) return 0
    const until = Math.max(openings.get(feature) ?? 0, openings.get(EVERYTHING) ?? 0)
    return until > now ? until : 0
  }

  /** Lets go of what has come to its end. Answers whose it was. */
  expire(now: number): string[] {
    const affected: string[] = []
    for (const [id, openings] of [...this.#of]) {
      const left = [...openings].filter(([, until]) => until > now)
      if (left.length === openings.size) continue
      affected.push(id)
      if (left.length === 0) this.#of.delete(id)
      else this.#of.set(id, new Map(left))
    }
    return affected
  }

  /** The next moment at which something closes; `Infinity` when nothing does. */
  nextEnd(): number {
    let next = Number.POSITIVE_INFINITY
    for (const openings of this.#of.values()) for (const until of openings.values()) next = Math.min(next, until)
    return next
  }
}
