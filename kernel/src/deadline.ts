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
    const timer = setTimeout(() => reject(late()), ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
