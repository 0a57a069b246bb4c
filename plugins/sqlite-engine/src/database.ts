import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, type DatabaseFile, type DatabaseState, fail, type Migration } from '@waqtor/contracts'
import { type Logger, messageOf, silentLogger } from '@waqtor/kernel'
import { companions, createFile, createPrivately, openReader, openWriter, syncDirectory } from './connection.ts'
import { type Fault, fault, faultOf } from './faults.ts'
import { SqliteFile } from './file.ts'
import type { StateListener } from './health.ts'
import { Damage, inspectFile, proveCopy } from './integrity.ts'
import { HOST, locate } from './locate.ts'

export interface SqliteDatabaseOptions {
  /** Absolute path of the directory below which all files lie. */
  readonly directory: string
  /** False for files that need not outlive the process: a commit then waits for no disk. */
  readonly durable?: boolean
  /** How long to wait for another program to let go of a file, in milliseconds. 5,000 by default. */
  readonly busyLimitMs?: number
  /** How long one write callback may take, in milliseconds. 10,000 by default. */
  readonly callbackLimitMs?: number
  /** Ceiling of each file in pages of 4 KiB; a write beyond it fails as on a full disk. */
  readonly maxPages?: number
  /** Told of every new state of a file, once; a file that was never in trouble is never told of. */
  readonly changed?: StateListener
  readonly log?: Logger
}

/** `Database` on SQLite files, with an end. */
export interface SqliteDatabase extends Database {
  /** Finishes all writes that were asked for and closes every file; nothing can be opened afterwards. */
  closeAll(): Promise<void>
}

type Scope = 'host' | 'instance'
const LOCK_RETRY_MS = 50

/**
 * Databases as files below one directory.
 * @example
 * const database = createSqliteDatabase({ directory: '/var/lib/waqtor' })
 * const file = await database.open('host')
 * await file.write((tx) => tx.run('insert into t (v) values (?)', ['x']))
 */
export function createSqliteDatabase(options: SqliteDatabaseOptions): SqliteDatabase {
  return new Files(options)
}

class Files implements SqliteDatabase {
  readonly #options: Required<Omit<SqliteDatabaseOptions, 'maxPages'>> & Pick<SqliteDatabaseOptions, 'maxPages'>
  readonly #migrations = {
    host: new Map<string, readonly Migration[]>(),
    instance: new Map<string, readonly Migration[]>(),
  }
  readonly #files = new Map<string, Promise<SqliteFile>>()
  /** What `states()` shows: open files, and those that could not be opened. */
  readonly #states = new Map<string, () => DatabaseState>()
  /** Opening, closing and removing one file happen one after another. */
  readonly #turns = new Map<string, Promise<unknown>>()
  #closed = false

  constructor(options: SqliteDatabaseOptions) {
    this.#options = {
      durable: true,
      busyLimitMs: 5_000,
      callbackLimitMs: 10_000,
      log: silentLogger,
      changed: () => {},
      ...options,
    }
  }

  async migrate(owner: string, scope: Scope, migrations: readonly Migration[]): Promise<void> {
    this.#migrations[scope].set(owner, migrations)
    for (const [name, opening] of this.#files) {
      if (scopeOf(name) !== scope) continue
      // A file that cannot be opened has told so to whoever wanted it, and is migrated when it can.
      const file = await opening.catch(() => undefined)
      await file?.migrate(owner, migrations)
    }
  }

  open<DB = unknown>(name: string): Promise<DatabaseFile<DB>> {
    // The tables are the caller's to know: nothing here depends on their types.
    return this.#openOnce(name) as Promise<DatabaseFile<unknown>> as Promise<DatabaseFile<DB>>
  }

  close(name: string): Promise<void> {
    const opening = this.#files.get(name)
    this.#files.delete(name)
    return this.#turn(name, async () => {
      const file = await opening?.catch(() => undefined)
      await file?.close()
      this.#states.delete(name)
    })
  }

  async remove(name: string): Promise<void> {
    const path = this.#locate(name)
    const closing = this.close(name)
    await this.#turn(name, async () => {
      await closing
      if (!existsSync(dirname(path))) return
      // The file itself last: whatever is left behind by a crash in between is a whole database.
      for (const file of [...companions(path), path]) rmSync(file, { force: true })
      syncDirectory(dirname(path))
    })
  }

  async backup(name: string, to: string): Promise<void> {
    const file = await this.#openOnce(name)
    if (existsSync(to))
      throw fail('WAQ_CONFLICT', `the backup of '${name}' was not made: ${to} exists already; choose another name`)
    const part = `${to}.part`
    try {
      rmSync(part, { force: true })
      createPrivately(part)
      await file.backup(part)
      await proveCopy(part)
      renameSync(part, to)
      syncDirectory(dirname(to))
    } catch (error) {
      for (const leftover of [part, ...companions(part)]) rmSync(leftover, { force: true })
      const damaged = `the backup of '${name}' was not made: its copy is damaged`
      if (error instanceof Damage) throw fail('WAQ_STORAGE_CORRUPT', `${damaged}: ${error.message}`, { cause: error })
      throw faultOf(error, { name: `backup of ${name}`, path: to })?.error ?? error
    }
  }

  states(): readonly DatabaseState[] {
    return [...this.#states.values()].map((state) => state())
  }

  async closeAll(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#files.keys()].map((name) => this.close(name)))
    await Promise.allSettled(this.#turns.values())
  }

  #openOnce(name: string): Promise<SqliteFile> {
    const known = this.#files.get(name)
    if (known) return known
    const opening = this.#turn(name, () => this.#open(name))
    this.#files.set(name, opening)
    opening.catch(() => {
      if (this.#files.get(name) === opening) this.#files.delete(name)
    })
    return opening
  }

  async #open(name: string): Promise<SqliteFile> {
    if (this.#closed) throw fail('WAQ_STORAGE_CLOSED', `the storage is closed; '${name}' cannot be opened`)
    const path = this.#locate(name)
    const file = await this.#connect(name, path)
    const before = this.#states.get(name)?.()
    this.#states.set(name, () => file.state)
    try {
      for (const [owner, migrations] of this.#migrations[scopeOf(name)]) await file.migrate(owner, migrations)
      if (before !== undefined && before.state !== 'open' && file.state.state === 'open')
        this.#options.changed(file.state)
      return file
    } catch (error) {
      await file.close()
      this.#become({ name, state: 'failed', message: messageOf(error), since: file.state.since })
      throw error
    }
  }

  async #connect(name: string, path: string): Promise<SqliteFile> {
    const { log, busyLimitMs } = this.#options
    const patience = performance.now() + busyLimitMs
    for (;;) {
      try {
        if (!(await inspectFile(path))) createFile(path)
        const writer = openWriter(path, this.#options)
        try {
          return new SqliteFile(name, path, { writer, reader: openReader(path) }, log, this.#options)
        } catch (error) {
          writer.close()
          throw error
        }
      } catch (error) {
        const found = faultOnOpen(error, { name, path })
        this.#report(name, found)
        if (found.state !== 'locked' || performance.now() >= patience || this.#closed) throw found.error
        await delay(LOCK_RETRY_MS)
      }
    }
  }

  #report(name: string, { state, error }: Fault): void {
    if (this.#states.get(name)?.().state === state) return
    this.#options.log.error(error.message, { code: error.code, cause: error.cause })
    this.#become({ name, state, message: error.message, since: Date.now() })
  }

  /** Of a file that cannot be opened. */
  #become(state: DatabaseState): void {
    this.#states.set(state.name, () => state)
    this.#options.changed(state)
  }

  #locate(name: string): string {
    return locate(this.#options.directory, name)
  }

  #turn<T>(name: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(task, task)
    this.#turns.set(name, turn)
    const forget = () => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name)
    }
    turn.then(forget, forget)
    return turn
  }
}

function scopeOf(name: string): Scope {
  return name === HOST ? 'host' : 'instance'
}

function faultOnOpen(error: unknown, file: { readonly name: string; readonly path: string }): Fault {
  if (error instanceof Damage) return fault('corrupt', file, error.message, error)
  return faultOf(error, file) ?? fault('failed', file, messageOf(error), error)
}
