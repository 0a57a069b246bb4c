import { monitorEventLoopDelay } from 'node:perf_hooks'

const EVERY_MS = 20
const NANOSECONDS = 1e6

export interface Lag {
  readonly minMs: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** By how much the event loop is late, measured all the time. Whoever reads it begins a new stretch: make one for each. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: EVERY_MS })

  constructor() {
    this.#histogram.enable()
  }

  /** Since it was read last. */
  read(): Lag {
    const it = this.#histogram
    // What is measured is the time from tick to tick; only what goes beyond the interval is lateness.
    const late = (nanoseconds: number) =>
      it.count === 0 ? 0 : Math.max(0, Math.round((nanoseconds / NANOSECONDS - EVERY_MS) * 1_000) / 1_000)
    const lag = {
      minMs: late(it.min),
      meanMs: late(it.mean),
      p50Ms: late(it.percentile(50)),
      p90Ms: late(it.percentile(90)),
      p99Ms: late(it.percentile(99)),
      maxMs: late(it.max),
    }
    it.reset()
    return lag
  }

  close(): void {
    this.#histogram.disable()
  }
}
