export type StatsEmitter = (stats: {
  sent: number
  received: number
  failed: number
  since: number
  timestamp: number
}) => void

const restMs = 1_000

/** Live counters of one instance since it was opened; told at most once a second, and only when something changed. */
export class Stats {
  readonly #emit: StatsEmitter
  readonly #since = Date.now()
  readonly #counts = { sent: 0, received: 0, failed: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(emit: StatsEmitter) {
    this.#emit = emit
  }

  get counts() {
    return { ...this.#counts, since: this.#since }
  }

  add(counter: 'sent' | 'received' | 'failed', count: number): void {
    if (count === 0) return
    this.#counts[counter] += count
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#emit({ ...this.#counts, since: this.#since, timestamp: Date.now() })
    }, restMs)
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
