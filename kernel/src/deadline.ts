import { type Phase, WaqtorError } from './errors.ts'

/** True for anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds: then it rejects with what `late` makes.
 * Work that is already done costs no timer. `0` means no limit.
 */
export function withDeadline<T>(work: T | PromiseLike<T>, ms: number, late: () => Error): T | PromiseLike<T> {
  if (!isThenable(work) || ms <= 0) return work
  // A race would do as well, and makes three promises more.
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  // A timer takes at most 2^31 − 1 milliseconds; more would fire at once.
  const timer = setTimeout(() => reject(late()), Math.min(ms, 2_147_483_647))
  work.then(resolve, reject)
  return promise.finally(() => clearTimeout(timer))
}

/** As `withDeadline`, for what a plugin does. */
export function inTime<T>(work: T | PromiseLike<T>, ms: number, who: string, plugin: string, phase: Phase) {
  const late = () => new WaqtorError('WAQ_TIMEOUT', `${who} took more than ${ms} ms`, { plugin, phase })
  return withDeadline(work, ms, late)
}
