export interface StatsNow {
  sent: number
  received: number
  failed: number
  since: number
  timestamp: number
}

export type StatsEmitter = (stats: StatsNow) => void

const restMs = 1_000

/** Live counters of one instance since it was opened, or since they were reset; told at most once a second, and only when something changed. */
export class Stats {
  readonly #emit: StatsEmitter
  #since = Date.now()
  readonly #counts = { sent: 0, received: 0, failed: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(emit: StatsEmitter) {
    this.#emit = emit
  }

  add(counter: 'sent' | 'received' | 'failed', count: number): void {
    if (count === 0) return
    this.#counts[counter] += count
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#emit(this.present())
    }, restMs)
  }

  /** Begins anew, and tells so. */
  reset(): StatsNow {
    Object.assign(this.#counts, { sent: 0, received: 0, failed: 0 })
    this.#since = Date.now()
    const now = this.present()
    this.#emit(now)
    return now
  }

  present(): StatsNow {
    return { ...this.#counts, since: this.#since, timestamp: Date.now() }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
