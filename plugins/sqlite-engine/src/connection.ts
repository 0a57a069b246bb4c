import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import SQLite from 'better-sqlite3'

export type Connection = SQLite.Database
export type Statement = SQLite.Statement<unknown[], unknown>

/** How long SQLite itself waits for a lock. It holds the event loop meanwhile, so the rest of the waiting is done outside. */
export const BUSY_TIMEOUT_MS = 50
/** A log that grew beyond this is cut back when it starts over. */
const WAL_LIMIT_BYTES = 32 * 1024 * 1024
/** Pages of a file in memory, as SQLite takes it: −1,000 is 1,000 KiB. Each account has both; behind them is the system's cache. */
const WRITER_CACHE = -8_000
const READER_CACHE = -2_000

export interface ConnectionOptions {
  /** False for files that need not outlive the process. */
  readonly durable: boolean
  /** Ceiling in pages of 4 KiB; a write beyond it fails as on a full disk. */
  readonly maxPages?: number
}

/** Files that SQLite keeps beside a database. */
export function companions(path: string): string[] {
  return [`${path}-wal`, `${path}-shm`, `${path}-journal`]
}

/**
 * Makes an empty database that others never see half done: it comes to its name only when its header is on the disk.
 * So a file of zero bytes is always one that was cut off, never one that was just being made.
 */
export function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.new`
  for (const leftover of [fresh, ...companions(fresh)]) rmSync(leftover, { force: true })
  createPrivately(fresh)
  const db = new SQLite(fresh, { fileMustExist: true })
  try {
    db.pragma('journal_mode = WAL')
  } finally {
    db.close()
  }
  renameSync(fresh, path)
  syncDirectory(dirname(path))
}

/** Makes an empty file for nobody else's eyes. SQLite gives the files that it puts beside it the same mode. */
export function createPrivately(path: string): void {
  closeSync(openSync(path, 'wx', 0o600))
}

/** Makes a rename or a removal in a directory last through a power cut. */
export function syncDirectory(directory: string): void {
  // Windows cannot open a directory; its journal keeps the order by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Opens the one connection that may change the file. */
export function openWriter(path: string, { durable, maxPages }: ConnectionOptions): Connection {
  chmodSync(path, 0o600)
  const db = new SQLite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  try {
    const mode = db.pragma('journal_mode = WAL', { simple: true })
    // Switching to WAL lowers this one to NORMAL, which may lose the last commits in a power cut: set it afterwards, and look.
    db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`)
    const level = db.pragma('synchronous', { simple: true })
    if (mode !== 'wal' || level !== (durable ? 2 : 0)) {
      throw new Error(
        `its file system does not support what durable writes need (journal_mode ${mode}, synchronous ${level})`,
      )
    }
    // On macOS fsync alone leaves data in the drive's cache; elsewhere these two do nothing.
    if (durable) db.pragma('fullfsync = ON')
    if (durable) db.pragma('checkpoint_fullfsync = ON')
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`)
    db.pragma('foreign_keys = ON')
    db.pragma(`cache_size = ${WRITER_CACHE}`)
    // A statement that changes many rows keeps the pages as they were until it is done: in memory, and not in a file.
    db.pragma('temp_store = MEMORY')
    if (maxPages !== undefined) db.pragma(`max_page_count = ${maxPages}`)
    // Shows at once whether the file can be written at all.
    db.exec('BEGIN IMMEDIATE; COMMIT')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Opens a connection that cannot change anything, whatever it is told. */
export function openReader(path: string): Connection {
  const db = new SQLite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  try {
    // The first look at the file: one that is no database fails here.
    db.pragma(`cache_size = ${READER_CACHE}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
