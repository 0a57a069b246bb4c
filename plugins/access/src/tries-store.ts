import type { Statements, Tx } from '@waqtor/contracts'
import { noTries, type Tries } from './tries.ts'

interface Row {
  readonly failures: number
  readonly last_at: number
  readonly recent: string
}

/** Tries that nobody needs any more are let go of after so long. */
const FORGET_ADDRESS_MS = 86_400_000

export const ofUser = (id: string) => `user:${id}`
export const ofNetwork = (network: string | undefined) => `address:${network ?? ''}`

/** The table of tries. */
export const triesStore = {
  async get(on: Statements, who: string): Promise<Tries> {
    const row = await on.get<Row>('SELECT failures, last_at, recent FROM access_tries WHERE who = ?', [who])
    return row ? { failures: row.failures, lastAt: row.last_at, recent: JSON.parse(row.recent) } : noTries
  },

  async put(tx: Tx, who: string, { failures, lastAt, recent }: Tries): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO access_tries (who, failures, last_at, recent) VALUES (?, ?, ?, ?)'
    await tx.run(sql, [who, failures, lastAt, JSON.stringify(recent)])
  },

  /** Answers how many there were. */
  async clear(tx: Tx, who: readonly string[]): Promise<number> {
    let cleared = 0
    for (const it of who) {
      const { changes } = await tx.run('DELETE FROM access_tries WHERE who = ? AND (failures > 0 OR recent <> ?)', [
        it,
        '[]',
      ])
      cleared += changes
    }
    return cleared
  },

  /** Of an address only the last day counts. */
  async prune(tx: Tx, now: number): Promise<void> {
    await tx.run("DELETE FROM access_tries WHERE who LIKE 'address:%' AND last_at <= ?", [now - FORGET_ADDRESS_MS])
  },
}
