import { setTimeout as delay } from 'node:timers/promises'

/** The time, and waiting for it: tests bring one of their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Waits, or returns early when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export const wallClock: Clock = {
  now: Date.now,
  wait: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
}
