import { vi } from 'vitest'

/** As long as the tests' own limits allow: what never happens ends in those, and what is slow is no failure. */
const PATIENCE_MS = 60_000

// By itself `vi.waitFor` gives up after one second, which measures the machine and not the program.
const { waitFor } = vi
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options })
