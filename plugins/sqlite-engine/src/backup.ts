import { setImmediate } from 'node:timers'
import type { Connection } from './connection.ts'

/** How much is copied before others get their turn. */
const PAGES_AT_ONCE = 200

/**
 * Copies a database page by page, between the writes. It takes the writing connection itself: a copy made through another
 * one starts over with every write.
 * @param check is called before each step; what it throws ends the copy
 */
export async function copyBetweenWrites(db: Connection, to: string, check: () => void): Promise<void> {
  for (;;) {
    check()
    const { totalPages } = await db.backup(to, {
      progress: () => {
        check()
        return PAGES_AT_ONCE
      },
    })
    // When its first step falls into an open transaction, the library takes an empty copy for a whole one.
    if (totalPages > 0) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
