import type { ClaimedRow } from './rows.ts'

/**
 * The rows that are claimed and have not begun. A row that was given back and claimed again, as when its queue is closed
 * and opened, counts under its new claim only: what was made ready under the old one must never be sent as well.
 */
export class Claims {
  readonly #current = new Map<number, ClaimedRow>()
  readonly #counts = new Map<string, number>()

  add(row: ClaimedRow): void {
    if (!this.#current.has(row.id)) this.#counts.set(row.queue, this.of(row.queue) + 1)
    this.#current.set(row.id, row)
  }

  /** True while this very claim is the latest of its row. */
  holds(row: ClaimedRow): boolean {
    return this.#current.get(row.id) === row
  }

  has(id: number): boolean {
    return this.#current.has(id)
  }

  release(row: ClaimedRow): void {
    if (!this.holds(row)) return
    this.#current.delete(row.id)
    const left = this.of(row.queue) - 1
    if (left > 0) this.#counts.set(row.queue, left)
    else this.#counts.delete(row.queue)
  }

  /** Gives every row of a queue back; of every queue when none is named. */
  releaseAll(queue?: string): void {
    for (const row of this.#current.values()) if (queue === undefined || row.queue === queue) this.release(row)
  }

  /** How many of a queue. */
  of(queue: string): number {
    return this.#counts.get(queue) ?? 0
  }

  /** Their ids, in order. */
  idsOf(queue: string): readonly number[] {
    return [...this.#current.values()]
      .filter((it) => it.queue === queue)
      .map((it) => it.id)
      .sort((a, b) => a - b)
  }
}
