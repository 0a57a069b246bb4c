import { fail, type RunResult, type SqlValue, type Tx } from '@waqtor/contracts'
import type { Kysely } from 'kysely'
import type { Statement } from './connection.ts'
import { createQueryBuilder, type Executed, type Executor } from './kysely-dialect.ts'

/** The writer as a transaction sees it. */
export interface Session {
  readonly file: string
  /** @throws when the transaction is lost: SQLite would run the statement all the same, outside of any */
  statement(sql: string): Statement
  /** Takes note of an error that breaks the transaction, and answers what the caller sees. */
  failed(error: unknown): unknown
}

/** One callback's turn. Its statements run at once; the promises only keep the door open for other databases. */
export class Transaction implements Tx, Executor {
  readonly file: string
  /** In the order in which they were given. */
  readonly afterCommits: (() => void)[] = []
  #session: Session | undefined
  #db: Kysely<unknown> | undefined

  constructor(session: Session) {
    this.file = session.file
    this.#session = session
  }

  get db(): Kysely<unknown> {
    this.#db ??= createQueryBuilder(this)
    return this.#db
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<RunResult> {
    const session = this.#alive()
    try {
      const { changes, lastInsertRowid } = session.statement(sql).run(params)
      return { changes, lastInsertRowid: Number(lastInsertRowid) }
    } catch (error) {
      throw session.failed(error)
    }
  }

  async all<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    const session = this.#alive()
    try {
      return session.statement(sql).all(params) as Row[]
    } catch (error) {
      throw session.failed(error)
    }
  }

  async get<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row | undefined> {
    const session = this.#alive()
    try {
      return session.statement(sql).get(params) as Row | undefined
    } catch (error) {
      throw session.failed(error)
    }
  }

  execute(sql: string, params: readonly unknown[]): Executed {
    const session = this.#alive()
    try {
      const statement = session.statement(sql)
      return statement.reader ? { rows: statement.all(params) } : { rows: [], ...statement.run(params) }
    } catch (error) {
      throw session.failed(error)
    }
  }

  afterCommit(fn: () => void): void {
    this.#alive()
    this.afterCommits.push(fn)
  }

  end(): void {
    this.#session = undefined
  }

  #alive(): Session {
    if (!this.#session) {
      throw fail(
        'WAQ_TX_CLOSED',
        `a transaction of '${this.file}' was used after its callback; await every statement inside`,
      )
    }
    return this.#session
  }
}
