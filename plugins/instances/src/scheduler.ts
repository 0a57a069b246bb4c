/** The clock and its timers, so that a test can hold them in its hand. */
export interface Scheduler {
  now(): number
  /** Returns the undo. */
  after(ms: number, fn: () => void): () => void
}

/** The clock of the machine. */
export const systemScheduler: Scheduler = {
  now: () => Date.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * What `work` answers, or `late()` when it takes longer. The work itself is not stopped, and its later failure is nobody's.
 */
export function within<T>(scheduler: Scheduler, ms: number, work: Promise<T>, late: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = scheduler.after(ms, () => {
      try {
        resolve(late())
      } catch (error) {
        reject(error)
      }
    })
    work.finally(cancel).then(resolve, reject)
  })
}

/** Waits; returns early when the signal is aborted. */
export function pause(scheduler: Scheduler, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise<void>((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = scheduler.after(ms, done)
    signal?.addEventListener('abort', done)
  })
}
