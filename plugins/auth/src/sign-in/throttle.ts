import { type DatabaseFile, fail, type Tx } from '@waqtor/contracts'

/** How many tries are free, and how the wait grows after them: doubled each time, up to the longest. */
export interface Patience {
  readonly free: number
  readonly firstMs: number
  readonly longestMs: number
}

/** What is counted: a name, an address, a name from an address. */
export interface Subject {
  readonly id: string
  readonly patience: Patience
}

interface Row {
  readonly failures: number
  readonly blocked_until: number
  readonly last_at: number
}

/** Tries that lie this far back do not count any more. */
const FORGOTTEN_MS = 86_400_000

/** How long to wait after so many failures in a row. Pure. */
export function waitAfter(failures: number, { free, firstMs, longestMs }: Patience): number {
  return failures < free ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(failures - free, 30))
}

/**
 * Counts tries in the host's file, so that no restart forgives any. A try is counted before it is looked at, in one
 * transaction: of two hundred at once no more get through than of two hundred in a row.
 */
export class Throttle {
  readonly #file: DatabaseFile
  readonly #now: () => number

  constructor(file: DatabaseFile, now: () => number = Date.now) {
    this.#file = file
    this.#now = now
  }

  /** Counts one more try. @throws WaqtorError WAQ_RATE_LIMITED (429) when it must wait: then it is not counted */
  async begin(subjects: readonly Subject[]): Promise<void> {
    const waitMs = await this.#file.write(async (tx) => {
      const now = this.#now()
      const rows = []
      for (const subject of subjects) rows.push({ subject, row: await this.#row(tx, subject, now) })
      const blocked = rows.map(({ row }) => row.blocked_until - now)
      const longest = Math.max(0, ...blocked)
      if (longest > 0) return longest
      for (const { subject, row } of rows) {
        const failures = row.failures + 1
        const wait = waitAfter(failures, subject.patience)
        await put(tx, subject.id, { failures, blocked_until: wait === 0 ? 0 : now + wait, last_at: now })
      }
      return 0
    })
    if (waitMs === 0) return
    const seconds = Math.ceil(waitMs / 1_000)
    throw fail('WAQ_RATE_LIMITED', `too many wrong tries: wait ${seconds} seconds`, { retryAfter: seconds })
  }

  /** The try was right: `forgiven` start anew, and for `shared` it never was. */
  async succeedIn(tx: Tx, forgiven: readonly Subject[], shared: readonly Subject[] = []): Promise<void> {
    for (const { id } of forgiven) await tx.run('DELETE FROM auth_tries WHERE subject = ?', [id])
    const sql = 'UPDATE auth_tries SET failures = max(0, failures - 1), blocked_until = 0 WHERE subject = ?'
    for (const { id } of shared) await tx.run(sql, [id])
  }

  /** Forgets every count whose subject begins with one of these. */
  async forgetIn(tx: Tx, prefixes: readonly string[]): Promise<void> {
    const sql = 'DELETE FROM auth_tries WHERE substr(subject, 1, ?) = ?'
    for (const it of prefixes) await tx.run(sql, [it.length, it])
  }

  /** Removes counts that do not count any more. */
  async prune(): Promise<void> {
    const before = this.#now() - FORGOTTEN_MS
    await this.#file.write((tx) => tx.run('DELETE FROM auth_tries WHERE last_at < ?', [before]))
  }

  async #row(tx: Tx, { id, patience }: Subject, now: number): Promise<Row> {
    const row = await tx.get<Row>('SELECT failures, blocked_until, last_at FROM auth_tries WHERE subject = ?', [id])
    if (!row || row.last_at <= now - FORGOTTEN_MS) return { failures: 0, blocked_until: 0, last_at: now }
    // A clock that was set back must not make anybody wait longer than the longest wait.
    return { ...row, blocked_until: Math.min(row.blocked_until, now + patience.longestMs) }
  }
}

async function put(tx: Tx, subject: string, row: Row): Promise<void> {
  await tx.run(
    `INSERT INTO auth_tries (subject, failures, blocked_until, last_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until,
       last_at = excluded.last_at`,
    [subject, row.failures, row.blocked_until, row.last_at],
  )
}
