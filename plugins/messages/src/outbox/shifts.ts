import type { OutboxShift, OutboxState } from '@waqtor/contracts'

/** Counts the steps of one transaction by queue, part, from, to and reason. */
export class Shifts {
  readonly #counts = new Map<string, OutboxShift & { count: number }>()

  add(queue: string, part: number, from: OutboxState, to: OutboxState, reason: string | null, count = 1): void {
    if (count === 0) return
    const key = `${part}>${from}>${to}>${reason}>${queue}`
    const known = this.#counts.get(key)
    if (known) known.count += count
    else this.#counts.set(key, { queue, part, from, to, reason, count })
  }

  list(): readonly OutboxShift[] {
    return [...this.#counts.values()]
  }
}
