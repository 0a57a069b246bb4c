import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'
import { fail, type Tx } from '@waqtor/contracts'
import { type Logger, messageOf, WaqtorError } from '@waqtor/kernel'
import { copyBetweenWrites } from './backup.ts'
import { BUSY_TIMEOUT_MS, type Connection, type Statement } from './connection.ts'
import { type Fault, type FileName, fault, faultOf } from './faults.ts'
import { Fifo } from './fifo.ts'
import type { Health } from './health.ts'
import { currentScope, isInside, runInside, runOutside, type Scope } from './nesting.ts'
import { closed } from './reader.ts'
import { StatementCache } from './statement-cache.ts'
import { type Session, Transaction } from './transaction.ts'

export interface WriterOptions {
  /** How long a write waits for another program to let go of the file. */
  readonly busyLimitMs: number
  /** How long one callback may take; it holds up everybody behind it. */
  readonly callbackLimitMs: number
}

/** A commit takes in new writes until one of these is reached, so that none waits long for its neighbours. */
const GROUP_MS = 8
const GROUP_SIZE = 1_000
/** Pauses between two tries to get the lock: the first, and the longest. */
const RETRY_MS = [10, 100] as const

interface Job {
  readonly fn: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly since: number
  readonly outer: Scope | undefined
}

/** A write that has run and waits for the commit. */
interface Done {
  readonly job: Job
  readonly value: unknown
  readonly tx: Transaction
}

/**
 * The only way to a file's writing connection. Writes run strictly one after another, and those that wait together share
 * one durable commit; each but the first of them in a savepoint of its own.
 */
export class Writer {
  readonly #db: Connection
  readonly #file: FileName
  readonly #health: Health
  readonly #log: Logger
  readonly #options: WriterOptions
  readonly #queue = new Fifo<Job>()
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #rollback: Statement
  readonly #savepoint: Statement
  readonly #release: Statement
  readonly #rollbackTo: Statement
  readonly #session: Session
  readonly #backups = new Set<Promise<unknown>>()
  #running = false
  #closing = false
  #idle: (() => void) | undefined
  /** Why the transaction that is open can no longer be committed. */
  #lost: Fault | undefined
  /** Ends the callback that is running with an error. */
  #interrupt: ((error: Error) => void) | undefined

  constructor(db: Connection, file: FileName, health: Health, log: Logger, options: WriterOptions) {
    this.#db = db
    this.#file = file
    this.#health = health
    this.#log = log
    this.#options = options
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollback = db.prepare('ROLLBACK')
    this.#savepoint = db.prepare('SAVEPOINT turn')
    this.#release = db.prepare('RELEASE turn')
    this.#rollbackTo = db.prepare('ROLLBACK TO turn')
    const statements = new StatementCache(db)
    this.#session = {
      file: file.name,
      statement: (sql) => {
        if (this.#lost) throw this.#lost.error
        return statements.get(sql)
      },
      failed: (error) => this.#failed(error),
    }
  }

  /** See `DatabaseFile.write`. Inside the callback the caller's own async context is not there. */
  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    const outer = currentScope()
    if (isInside(this, outer)) {
      return Promise.reject(
        fail('WAQ_WRITE_NESTED', `a write of '${this.#file.name}' was started inside another one; pass its tx on`),
      )
    }
    if (this.#closing) return Promise.reject(closed(this.#file))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ fn, resolve: resolve as (value: unknown) => void, reject, since: performance.now(), outer })
      if (!this.#running) this.#start()
    })
  }

  async backup(to: string): Promise<void> {
    const copying = copyBetweenWrites(this.#db, to, () => {
      if (this.#closing) throw closed(this.#file)
    })
    this.#backups.add(copying)
    try {
      await copying
    } finally {
      this.#backups.delete(copying)
    }
  }

  /** Takes no more writes and finishes those that wait; a copy under way is given up. */
  async drain(): Promise<void> {
    this.#closing = true
    if (this.#running) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    await Promise.allSettled(this.#backups)
  }

  close(): void {
    this.#db.close()
  }

  #start(): void {
    this.#running = true
    // Not at once: whatever else arrives in this turn of the event loop then shares the commit.
    runOutside(() => setImmediate(() => void this.#work()))
  }

  async #work(): Promise<void> {
    while (this.#queue.size > 0) {
      if (await this.#beginGroup()) await this.#runGroup()
      if (this.#queue.size > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    this.#running = false
    this.#idle?.()
  }

  /** Gets the lock; answers false when nobody is left who waits for it. */
  async #beginGroup(): Promise<boolean> {
    this.#lost = undefined
    // Writing on would only spread the damage.
    if (this.#health.damage) return this.#refuse(this.#health.damage)
    let pause: number = RETRY_MS[0]
    try {
      for (;;) {
        try {
          this.#begin.run()
          return true
        } catch (error) {
          const found = faultOf(error, this.#file) ?? fault('failed', this.#file, messageOf(error), error)
          this.#health.bad(found)
          if (found.state !== 'locked') {
            this.#undo()
            return this.#refuse(found)
          }
          const patience = performance.now() - this.#options.busyLimitMs
          while ((this.#queue.peek()?.since ?? Number.POSITIVE_INFINITY) <= patience)
            this.#queue.shift()?.reject(found.error)
          if (this.#queue.size === 0) return false
          // The first try has waited inside SQLite, which holds the event loop; from now on only look.
          this.#db.pragma('busy_timeout = 0')
          await delay(pause)
          pause = Math.min(pause * 2, RETRY_MS[1])
        }
      }
    } finally {
      if (pause !== RETRY_MS[0]) this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
  }

  #refuse({ error }: Fault): false {
    for (const job of this.#queue.drain()) job.reject(error)
    return false
  }

  async #runGroup(): Promise<void> {
    const until = performance.now() + GROUP_MS
    const done: Done[] = []
    const limit = this.#options.callbackLimitMs
    const watchdog = setTimeout(() => this.#interrupt?.(this.#overdue()), limit)
    try {
      do await this.#runJob(done)
      while (
        !this.#lost &&
        // The first failed, and its transaction went with it.
        done.length > 0 &&
        this.#queue.size > 0 &&
        done.length < GROUP_SIZE &&
        performance.now() < until
      )
      if (!this.#lost && done.length > 0) this.#commitGroup()
    } catch (error) {
      this.#lose(error, 'the commit failed')
    } finally {
      clearTimeout(watchdog)
    }
    if (this.#lost) {
      this.#undo()
      for (const { job } of done) job.reject(this.#lost.error)
      return
    }
    if (done.length > 0) this.#health.good()
    for (const { job, value, tx } of done) {
      for (const fn of tx.afterCommits) this.#notify(fn)
      job.resolve(value)
    }
  }

  #commitGroup(): void {
    try {
      this.#commit.run()
    } catch (error) {
      this.#undo()
      if (faultOf(error, this.#file)) this.#overwrite()
      throw error
    }
  }

  /**
   * A commit whose sync failed lies in the log all the same, and would be found there after a crash although everybody was
   * told that it is not kept. A commit of nothing takes its place.
   */
  #overwrite(): void {
    try {
      this.#db.pragma(`user_version = ${Number(this.#db.pragma('user_version', { simple: true }))}`)
    } catch (error) {
      this.#log.warn(`the database '${this.#file.name}' still cannot be written: ${messageOf(error)}`)
    }
  }

  async #runJob(done: Done[]): Promise<void> {
    const job = this.#queue.shift()!
    const tx = new Transaction(this.#session)
    const scope: Scope = { writer: this, outer: job.outer, alive: true }
    // The first has the whole transaction to itself so far. A savepoint would keep a copy of every page that it changes.
    const isFirst = done.length === 0
    try {
      if (!isFirst) this.#enter()
      const value = await new Promise((resolve, reject) => {
        this.#interrupt = reject
        Promise.resolve(runInside(scope, job.fn, tx)).then(resolve, reject)
      })
      this.#checkOpen()
      if (!this.#lost && !isFirst) this.#release.run()
      done.push({ job, value, tx })
    } catch (error) {
      this.#checkOpen()
      if (isFirst) this.#undo()
      else this.#undoJob()
      job.reject(error)
    } finally {
      scope.alive = false
      tx.end()
    }
  }

  #enter(): void {
    try {
      this.#savepoint.run()
    } catch (error) {
      this.#lose(error, 'a write could not begin')
      throw this.#lost?.error
    }
  }

  #undoJob(): void {
    if (this.#lost) return
    try {
      this.#rollbackTo.run()
      this.#release.run()
    } catch (error) {
      this.#lose(error, 'a write could not be undone')
    }
  }

  /** SQLite ends a transaction by itself after some errors; everything in it is gone then. */
  #checkOpen(): void {
    if (!this.#db.inTransaction)
      this.#lose(new Error('SQLite rolled the whole transaction back'), 'the transaction was lost')
  }

  #failed(error: unknown): unknown {
    const found = faultOf(error, this.#file)
    if (found && found.state !== 'locked') {
      this.#lost ??= found
      this.#health.bad(found)
    } else {
      this.#checkOpen()
    }
    return found?.error ?? error
  }

  #lose(error: unknown, what: string): void {
    if (this.#lost) return
    const found = faultOf(error, this.#file)
    if (found) this.#health.bad(found)
    // Not the file's fault: one write broke the commit that others shared with it.
    this.#lost = found ?? fault('failed', this.#file, `${what}: ${messageOf(error)}`, error)
  }

  #undo(): void {
    try {
      if (this.#db.inTransaction) this.#rollback.run()
    } catch (error) {
      this.#lose(error, 'the rollback failed')
    }
  }

  #notify(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.#log.error(`a function to run after a commit of '${this.#file.name}' threw: ${messageOf(error)}`, { error })
    }
  }

  #overdue(): Error {
    return new WaqtorError(
      'WAQ_TIMEOUT',
      `a write of '${this.#file.name}' took more than ${this.#options.callbackLimitMs} ms; await nothing but tx inside`,
    )
  }
}
