import type { OutboxShift, OutboxState } from '@waqtor/contracts'

/** Counts the steps of one transaction by queue, part, from, to and reason. */
export class Shifts {
  readonly #counts = new Map<string, OutboxShift & { count: number }>()
  /** Rows move in batches: most steps are like the one before, and need no look-up. */
  #last: (OutboxShift & { count: number }) | undefined

  add(queue: string, part: number, from: OutboxState, to: OutboxState, reason: string | null, count = 1): void {
    if (count === 0) return
    const it = this.#last
    if (it?.to === to && it.from === from && it.part === part && it.reason === reason && it.queue === queue) {
      it.count += count
      return
    }
    const key = `${part}>${from}>${to}>${reason}>${queue}`
    const known = this.#counts.get(key) ?? { queue, part, from, to, reason, count: 0 }
    known.count += count
    this.#counts.set(key, known)
    this.#last = known
  }

  list(): readonly OutboxShift[] {
    return [...this.#counts.values()]
  }
}
