import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { DispatchResult } from './task.ts'

const resolutionMs = 1

/** Takes the figures of one campaign: first it is filled, then it is sent. */
export class Stopwatch {
  readonly #lateness = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #created = performance.now()
  #started = 0

  started(): void {
    this.#started = performance.now()
    this.#lateness.enable()
  }

  ended(recipients: number): DispatchResult {
    const now = performance.now()
    this.#lateness.disable()
    const late = (ns: number) => Math.max(0, ns / 1e6 - resolutionMs)
    return {
      perSecond: recipients / ((now - this.#started) / 1_000),
      addedPerSecond: recipients / ((this.#started - this.#created) / 1_000),
      peakMb: process.resourceUsage().maxRSS / 1_024,
      lateMs: { p99: late(this.#lateness.percentile(99)), max: late(this.#lateness.max) },
    }
  }
}
