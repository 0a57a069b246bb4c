/** True for anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds: then it rejects with what `late` makes.
 * Work that is already done costs no timer. `0` means no limit.
 */
export function withDeadline<T>(work: T | PromiseLike<T>, ms: number, late: () => Error): T | PromiseLike<T> {
  if (!isThenable(work) || ms <= 0) return work
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    const settle = () => clearTimeout(timer)
    work.then(resolve, reject).then(settle)
  })
}
