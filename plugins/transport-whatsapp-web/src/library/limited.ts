import { withDeadline } from '@waqtor/kernel'

/** Something took longer than it may. What was asked may still happen. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
}

/** Waits for a promise, but not for ever. @throws TimeLimitError */
export async function limited<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return withDeadline(work, ms, () => new TimeLimitError(`${what} took more than ${ms} ms`))
}
