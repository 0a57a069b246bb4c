import { defineCommand, defineEvent, defineService, z } from '@waqtor/kernel'
import type { Kysely } from 'kysely'

/** A value that a statement takes. Booleans and dates are the caller's to convert. */
export type SqlValue = string | number | bigint | Uint8Array | null

export interface RunResult {
  readonly changes: number
  readonly lastInsertRowid: number
}

/** Statements outside the query builder; each text is prepared once and kept. */
export interface Statements {
  all<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row | undefined>
}

/**
 * One turn of the only writer of a file, from BEGIN IMMEDIATE to COMMIT. Dead after the callback.
 * Inside the callback await nothing but the methods of this object.
 */
export interface Tx<DB = unknown> extends Statements {
  /** The file: `host` or an instance id. */
  readonly file: string
  /** The query builder, on this transaction. Prepares anew each time: for hot paths use `run` and `all`. */
  readonly db: Kysely<DB>
  run(sql: string, params?: readonly SqlValue[]): Promise<RunResult>
  /** Runs after the commit is durable, in order; not at all when the transaction fails. */
  afterCommit(fn: () => void): void
}

/** One database file. */
export interface DatabaseFile<DB = unknown> extends Statements {
  readonly name: string
  /** Query builder on a read-only connection: it sees what is committed. */
  readonly read: Kysely<DB>
  /**
   * The only way to change anything. Callbacks run strictly one after another; the promise resolves when the change is
   * durable. Writes that wait together may share one commit; a callback that throws undoes its own part only.
   * @throws WaqtorError WAQ_STORAGE_FULL, WAQ_STORAGE_LOCKED, WAQ_STORAGE_FAILED: nothing of this write is kept.
   * @throws WaqtorError WAQ_WRITE_NESTED when called from inside a write of the same file.
   */
  write<T>(fn: (tx: Tx<DB>) => Promise<T>): Promise<T>
}

/** A step of a plugin's schema. Names are never changed once released. */
export interface Migration {
  /** `001-outbox` */
  readonly name: string
  /** SQL statements, run in one transaction with the record that they ran. */
  readonly statements: readonly string[]
}

/** A fault that keeps a file from being used, in words for a person. */
export interface DatabaseState {
  readonly name: string
  readonly state: 'open' | 'full' | 'locked' | 'corrupt' | 'failed'
  readonly message?: string
  readonly since: number
}

export interface Database {
  /**
   * Adds a plugin's migrations for the host's file or for every instance's. Call it in `setup`;
   * files that are open already are migrated at once, others when they are opened.
   */
  migrate(owner: string, scope: 'host' | 'instance', migrations: readonly Migration[]): Promise<void>
  /**
   * Opens (or creates) a file; the same object for the same name until it is closed.
   * @throws WaqtorError WAQ_STORAGE_CORRUPT with the path and how to restore; the file is left as it is.
   */
  open<DB = unknown>(name: string): Promise<DatabaseFile<DB>>
  close(name: string): Promise<void>
  /** Closes the file and deletes it. */
  remove(name: string): Promise<void>
  /**
   * A consistent copy while it runs, between the writes: one file that needs no other beside it, every page of it checked,
   * with its name only when it is whole and on the disk.
   * @throws WaqtorError WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED, WAQ_STORAGE_CORRUPT: nothing is left of the copy
   */
  backup(name: string, to: string): Promise<void>
  /** The state of every file that was opened. */
  states(): readonly DatabaseState[]
}

/**
 * A file can be used no more, or again. Emitted by whichever plugin provides the database, with every change; most are over
 * in a moment, and `storage.failed` tells of those that are not.
 */
export const StorageChanged = defineEvent('storage.changed', {
  kind: 'transient',
  permission: 'system:read',
  scope: 'host',
  summary: 'The state of a database file has changed',
  schema: z.object({
    name: z.string().describe('`host`, or the instance'),
    state: z.enum(['open', 'full', 'locked', 'corrupt', 'failed']),
    since: z.number().describe('Milliseconds since 1970 (UTC)'),
  }),
})

/** Where everything that matters is kept. Exactly one plugin provides it. */
export const Database = defineService<Database>('database')

/** Whether each file can be read and written; handled by whichever plugin provides the database. */
export const storageState = defineCommand('system.storage', {
  summary: 'The state of every database file: open, full, locked, corrupt or failed',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/storage' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        name: z.string().describe('`host`, or the instance'),
        state: z.enum(['open', 'full', 'locked', 'corrupt', 'failed']),
        since: z.number().describe('Milliseconds since 1970 (UTC)'),
      }),
    ),
  }),
})
