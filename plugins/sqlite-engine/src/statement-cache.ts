import { fail } from '@waqtor/contracts'
import type { Connection, Statement } from './connection.ts'
import { controlWord } from './statement-kind.ts'

/**
 * Statements by their text, prepared once. Two generations bound the memory at the price of one look-up:
 * when the young one is full it becomes the old one, and what is used again moves back.
 */
export class StatementCache {
  readonly #db: Connection
  readonly #limit: number
  #young = new Map<string, Statement>()
  #old = new Map<string, Statement>()

  /** @param limit of each generation */
  constructor(db: Connection, limit = 256) {
    this.#db = db
    this.#limit = limit
  }

  /** @throws WaqtorError WAQ_STATEMENT_REFUSED for what only the storage itself may say */
  get(sql: string): Statement {
    return this.#young.get(sql) ?? this.#keep(sql, this.#old.get(sql) ?? this.#prepare(sql))
  }

  #prepare(sql: string): Statement {
    const word = controlWord(sql)
    if (word) throw refused(`${word} belongs to the storage`)
    const statement = this.#db.prepare<unknown[], unknown>(sql)
    if (this.#db.readonly && !(statement.reader && statement.readonly))
      throw refused('the read handle cannot change anything; use write()')
    return statement
  }

  #keep(sql: string, statement: Statement): Statement {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(sql, statement)
    return statement
  }
}

export function refused(why: string): Error {
  return fail('WAQ_STATEMENT_REFUSED', `a statement was refused: ${why}`)
}
