import type { DatabaseFile, DatabaseState, Migration, SqlValue, Tx } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Kysely } from 'kysely'
import type { Connection } from './connection.ts'
import { Health, type StateListener } from './health.ts'
import { createQueryBuilder } from './kysely-dialect.ts'
import { migrate } from './migrations.ts'
import { Reader } from './reader.ts'
import { Writer, type WriterOptions } from './writer.ts'

/** The two connections of a file; whoever gets this object reaches neither of them. */
export class SqliteFile implements DatabaseFile {
  readonly name: string
  readonly read: Kysely<unknown>
  readonly #health: Health
  readonly #reader: Reader
  readonly #writer: Writer
  #closing: Promise<void> | undefined

  constructor(
    name: string,
    path: string,
    connections: { readonly writer: Connection; readonly reader: Connection },
    log: Logger,
    options: WriterOptions & { readonly changed: StateListener },
  ) {
    const file = { name, path }
    this.name = name
    this.#health = new Health(name, log, options.changed)
    this.#reader = new Reader(connections.reader, file, this.#health)
    this.#writer = new Writer(connections.writer, file, this.#health, log, options)
    this.read = createQueryBuilder(this.#reader)
  }

  get state(): DatabaseState {
    return this.#health.current
  }

  all<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return this.#reader.all(sql, params)
  }

  get<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#reader.get(sql, params)
  }

  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#writer.write(fn)
  }

  migrate(owner: string, migrations: readonly Migration[]): Promise<void> {
    return migrate(this, owner, migrations)
  }

  backup(to: string): Promise<void> {
    return this.#writer.backup(to)
  }

  /** Waits for the writes that were asked for already. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writer.drain()
    // The writer last: only it can bring what is in the log home into the file.
    this.#reader.close()
    this.#writer.close()
  }
}
