import { vi } from 'vitest'

/** Tries until it holds. The limit is one against hanging: a busy machine takes its time. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { interval: 20 })
}
