import { statSync } from 'node:fs'
import { startThread } from '@waqtor/contracts/thread'
import { openReader } from './connection.ts'

/** Up to this size every page is looked at on each start: some 3 ms per megabyte. */
const SMALL_FILE_BYTES = 16 * 1024 * 1024

/** Damage found in a file, in words. */
export class Damage extends Error {
  override readonly name = 'Damage'
}

/**
 * Looks whether a database is whole before anything may change it, over a connection that leaves every byte as it is.
 * Small files are checked page by page. Big ones are when they were not closed properly (their log is still there), in a
 * thread of their own; otherwise only their header, size and schema are, so that a start stays fast.
 * @returns false when there is no file yet
 * @throws Damage with what is wrong · an error of SQLite or of the file system as it comes
 */
export async function inspectFile(path: string): Promise<boolean> {
  // Nothing here opens the file with fs: closing such a descriptor would drop the locks of this whole process.
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  const hasLog = log !== undefined && log.size > 0
  const file = statSync(path, { throwIfNoEntry: false })
  if (!file) {
    if (hasLog)
      throw new Damage(`it is gone, but its log ${path}-wal is still there; put it back, or move the log away`)
    return false
  }
  if (file.size === 0) throw new Damage('it is empty')
  checkQuickly(path, file.size, hasLog)
  if (file.size > SMALL_FILE_BYTES && hasLog) await checkInThread('integrity-thread', path)
  return true
}

function checkQuickly(path: string, size: number, hasLog: boolean): void {
  const db = openReader(path)
  try {
    // Reading the schema compares the size in the header with the file's.
    const scope = size > SMALL_FILE_BYTES ? 'sqlite_schema' : '1'
    const verdict = db.pragma(`quick_check(${scope})`, { simple: true })
    if (verdict !== 'ok') throw new Damage(String(verdict))
    // A crash may leave half a page at the end, but then the log has the whole one.
    if (!hasLog && size % Number(db.pragma('page_size', { simple: true })) !== 0)
      throw new Damage('its last page is cut off')
  } finally {
    db.close()
  }
}

/** Makes a fresh copy one file that needs no other beside it, and looks at every page of it. @throws Damage */
export function proveCopy(path: string): Promise<void> {
  return checkInThread('copy-thread', path)
}

async function checkInThread(program: 'integrity-thread' | 'copy-thread', path: string): Promise<void> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = startThread(new URL(`./${program}.${extension}`, import.meta.url), { workerData: path })
  const verdict = await new Promise<string>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error(`the check of ${path} ended without an answer`)))
  })
  await worker.terminate()
  if (verdict !== 'ok') throw new Damage(verdict)
}
