import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { refused } from './statement-cache.ts'

/** What runs the statements of a query builder. */
export interface Executor {
  /** @throws when the handle is closed, or its transaction is over */
  execute(sql: string, params: readonly unknown[]): Executed
}

export interface Executed {
  readonly rows: unknown[]
  readonly changes?: number
  readonly lastInsertRowid?: number | bigint
}

/** A query builder that can do nothing but hand statements to `executor`: no transactions of its own, nothing to destroy. */
export function createQueryBuilder(executor: Executor): Kysely<unknown> {
  const driver = new HandleDriver(executor)
  const dialect: Dialect = {
    createDriver: () => driver,
    createAdapter: () => new HandleAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
  return new Kysely<unknown>({ dialect })
}

class HandleAdapter extends SqliteAdapter {
  // Every statement is done before the next one begins, so there is nothing to take turns for.
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class HandleDriver implements Driver {
  readonly #connection: HandleConnection

  constructor(executor: Executor) {
    this.#connection = new HandleConnection(executor)
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async releaseConnection(): Promise<void> {}
  // The file belongs to the storage: destroying a query builder closes nothing.
  async destroy(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw refused('a query builder has no transactions of its own; use write()')
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
}

class HandleConnection implements DatabaseConnection {
  readonly #executor: Executor

  constructor(executor: Executor) {
    this.#executor = executor
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, lastInsertRowid } = this.#executor.execute(sql, parameters)
    return {
      rows: rows as R[],
      ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
      ...(lastInsertRowid !== undefined && { insertId: BigInt(lastInsertRowid) }),
    }
  }

  // All rows at once: a statement left half way would hold its snapshot, and with it every later read of the connection.
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }
}
