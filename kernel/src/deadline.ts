import { type Phase, WaqtorError } from './errors.ts'

/** True for anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds: then it rejects with what `late` makes.
 * Work that is already done costs no timer. `0` means no limit.
 */
export function withDeadline<T>(work: T | PromiseLike<T>, ms: number, late: () => Error): T | Promise<T> {
  if (!isThenable(work)) return work
  if (ms <= 0) return Promise.resolve(work)
  return new Promise<T>((resolve, reject) => {
    // A timer takes at most 2^31 − 1 milliseconds; more would fire at once.
    const timer = setTimeout(() => reject(late()), Math.min(ms, 2_147_483_647))
    const settle =
      <V>(how: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer)
        how(value)
      }
    work.then(settle(resolve), settle(reject))
  })
}

/** What `late` usually makes. */
export function tooLate(who: string, ms: number, plugin: string, phase: Phase): WaqtorError {
  return new WaqtorError('WAQ_TIMEOUT', `${who} took more than ${ms} ms`, { plugin, phase })
}
