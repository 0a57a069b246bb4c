import { fail, type SqlValue, type Statements } from '@waqtor/contracts'
import type { Connection } from './connection.ts'
import { type FileName, faultOf } from './faults.ts'
import type { Health } from './health.ts'
import type { Executed, Executor } from './kysely-dialect.ts'
import { StatementCache } from './statement-cache.ts'

/** The read-only connection of a file. It sees what is committed, and no statement outlives its call. */
export class Reader implements Statements, Executor {
  readonly #db: Connection
  readonly #file: FileName
  readonly #health: Health
  readonly #statements: StatementCache

  constructor(db: Connection, file: FileName, health: Health) {
    this.#db = db
    this.#file = file
    this.#health = health
    this.#statements = new StatementCache(db)
  }

  async all<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    return this.execute(sql, params).rows as Row[]
  }

  async get<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row | undefined> {
    try {
      return this.#open().get(sql).get(params) as Row | undefined
    } catch (error) {
      throw this.#translate(error)
    }
  }

  execute(sql: string, params: readonly unknown[]): Executed {
    try {
      return { rows: this.#open().get(sql).all(params) }
    } catch (error) {
      throw this.#translate(error)
    }
  }

  close(): void {
    this.#db.close()
  }

  #open(): StatementCache {
    if (!this.#db.open) throw closed(this.#file)
    return this.#statements
  }

  #translate(error: unknown): unknown {
    const fault = faultOf(error, this.#file)
    if (!fault) return error
    if (fault.state === 'corrupt') this.#health.bad(fault)
    return fault.error
  }
}

export function closed({ name }: FileName): Error {
  return fail('WAQ_STORAGE_CLOSED', `the database '${name}' is closed`)
}
