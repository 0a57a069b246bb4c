import type { OutboxState } from '@waqtor/contracts'
import type { SentRow } from '../outbox/rows.ts'

/** How a direct send ended, as its caller is told. */
export interface Settled {
  readonly state: OutboxState
  readonly messageId: string | null
  readonly sentAt: number | null
  readonly reason: string | null
}

/** States that answer the caller. `waiting` and `unknown` may still turn into one of these. */
export const answering: ReadonlySet<OutboxState> = new Set<OutboxState>([
  'sent',
  'delivered',
  'read',
  'failed',
  'skipped',
  'cancelled',
  'held',
])

/** Callers that wait for a row of the direct queue. */
export class Waiters {
  readonly #waiting = new Map<string, Set<(settled: Settled) => void>>()

  /** Rows moved: answers those who wait for one of them. */
  tell(instance: string, rows: readonly SentRow[]): void {
    if (this.#waiting.size === 0) return
    for (const { id, state, message_id, sent_at, reason } of rows) {
      const callers = answering.has(state) ? this.#waiting.get(`${instance}/${id}`) : undefined
      for (const answer of callers ?? []) answer({ state, messageId: message_id, sentAt: sent_at, reason })
    }
  }

  /** Resolves when the row is settled; with nothing after `ms`, or when `signal` says that nobody waits any more. */
  async wait(instance: string, id: number, ms: number, signal: AbortSignal): Promise<Settled | undefined> {
    const row = `${instance}/${id}`
    const { promise, resolve } = Promise.withResolvers<Settled | undefined>()
    const callers = this.#waiting.get(row) ?? new Set()
    this.#waiting.set(row, callers.add(resolve))
    const timer = setTimeout(() => resolve(undefined), ms)
    const gone = () => resolve(undefined)
    signal.addEventListener('abort', gone, { once: true })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', gone)
      callers.delete(resolve)
      if (callers.size === 0) this.#waiting.delete(row)
    }
  }
}
