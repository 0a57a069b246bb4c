import { rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, WaqtorError, z } from '@waqtor/kernel'
import Sqlite from 'better-sqlite3'
import { readJson, writeJson } from './small-file.ts'

/** Who works on a data directory. */
export interface Holder {
  readonly pid: number
  readonly hostname: string
  /** ISO 8601, UTC. */
  readonly since: string
  /** `start`, or the command that runs for a moment. */
  readonly what: string
}

export interface DataLock {
  release(): void
}

const HolderFile = z.object({ pid: z.int(), hostname: z.string(), since: z.string(), what: z.string() })

/** These stay: there is nothing to wait for, once a second look has shown that the label is not an old one. */
const hosts: ReadonlySet<string | undefined> = new Set(['start', 'dev'])

/**
 * Takes the data directory for this process. The lock is an exclusive transaction held open on an empty database: the
 * system lets go of it when the process ends, however it ends, so nothing is ever left to clean up by hand. The file
 * beside it only says who holds it.
 * @param options.waitMs how long to wait for a command that holds it for a moment; not for another host
 * @throws WaqtorError WAQ_HOST_RUNNING naming the holder
 */
export async function lockDataDirectory(
  directory: string,
  options: { readonly what: string; readonly waitMs?: number; readonly signal?: AbortSignal },
): Promise<DataLock> {
  const deadline = performance.now() + (options.waitMs ?? 0)
  for (let tries = 0; ; tries++) {
    const lock = tryLock(directory, options.what)
    if (lock) return lock
    const holder = readHolder(directory)
    const settled = hosts.has(holder?.what) && tries > 0
    if (settled || performance.now() >= deadline) throw running(directory, holder)
    await delay(25, undefined, options.signal ? { signal: options.signal } : {})
  }
}

/** Takes the lock if it is free. */
export function tryLock(directory: string, what: string): DataLock | undefined {
  let database: Sqlite.Database | undefined
  try {
    createFile(join(directory, 'lock.db'))
    database = new Sqlite(join(directory, 'lock.db'), { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    if ((cause as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined
    const message = `the lock of the data directory '${directory}' cannot be taken: ${messageOf(cause)}`
    throw new WaqtorError('WAQ_DATA_DIRECTORY', message, { phase: 'config', cause })
  }
  const held = database
  const file = join(directory, 'lock.json')
  const holder: Holder = { pid: process.pid, hostname: hostname(), since: new Date().toISOString(), what }
  try {
    writeJson(file, holder)
  } catch {
    // A full disk: the lock holds without its label.
  }
  return {
    release() {
      if (!held.open) return
      rmSync(file, { force: true })
      held.close()
    },
  }
}

// Only ever made, never opened: closing a file in this process would drop the locks that the process has on it.
function createFile(path: string): void {
  try {
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Who holds the lock, as far as is known. */
export function readHolder(directory: string): Holder | undefined {
  return HolderFile.safeParse(readJson(join(directory, 'lock.json'))).data
}

function running(directory: string, holder: Holder | undefined): WaqtorError {
  const who = holder
    ? `process ${holder.pid} on ${holder.hostname} (waqtor ${holder.what}, since ${holder.since})`
    : 'another process'
  return new WaqtorError('WAQ_HOST_RUNNING', `the data directory '${directory}' is in use by ${who}`, {
    phase: 'config',
    status: 503,
    details: { ...holder },
  })
}
