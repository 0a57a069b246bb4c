import { open } from 'node:fs/promises'
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
  // Open until SQLite has let go of the copy, because closing it would drop the locks that SQLite has on it.
  await using file = await open(to, 'r+')
  let underWay = false
  let problem: unknown
  // At its end SQLite waits for the disk, and the whole process with it: what is copied goes there meanwhile.
  const syncBeside = () => {
    if (problem !== undefined) throw problem
    if (underWay) return
    underWay = true
    file.sync().then(
      () => {
        underWay = false
      },
      (error: unknown) => {
        problem = error
      },
    )
  }
  for (;;) {
    check()
    const { totalPages } = await db.backup(to, {
      progress: () => {
        check()
        syncBeside()
        return PAGES_AT_ONCE
      },
    })
    // When its first step falls into an open transaction, the library takes an empty copy for a whole one.
    if (totalPages > 0) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
