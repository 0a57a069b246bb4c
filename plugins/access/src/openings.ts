import type { DatabaseFile, Statements, Tx } from '@waqtor/contracts'
import { parseFeatures } from './code-store.ts'
import type { Unlock } from './contract/codes.ts'
import type { Features } from './contract/features.ts'
import { EVERYTHING, type Opened, type Opening } from './opened.ts'

/** A code was entered: what it opens for whom. */
export interface NewUnlock {
  readonly userId: string
  readonly features: Features
  readonly codeId: string
  readonly unlockedAt: number
  readonly until: number | null
}

interface UnlockRow {
  readonly user_id: string
  readonly feature: string
  readonly code_id: string
  readonly unlocked_at: number
  readonly until: number | null
}

const OPEN_UNLOCKS = 'SELECT user_id, feature, until FROM access_unlocks WHERE (until IS NULL OR until > ?)'
const OPEN_SUBSCRIPTIONS = `SELECT user_id, features, expires_at FROM access_subscriptions
  WHERE status = 'active' AND (expires_at IS NULL OR expires_at > ?)`

/**
 * What is open to whom: the tables of unlocks and subscriptions, and what the gate sees of them in memory. The memory
 * follows in the order of the commits.
 */
export class Openings {
  readonly #file: DatabaseFile
  readonly #opened: Opened
  readonly #changed: (userId: string) => void
  readonly #now: () => number

  /** @param changed told when something else is open to somebody than before */
  constructor(file: DatabaseFile, opened: Opened, changed: (userId: string) => void, now: () => number) {
    this.#file = file
    this.#opened = opened
    this.#changed = changed
    this.#now = now
  }

  /** Brings everybody's openings into memory. */
  async load(): Promise<void> {
    const all = new Map<string, Opening[]>()
    for (const { userId, ...opening } of await this.#read(this.#file)) {
      const those = all.get(userId)
      if (those) those.push(opening)
      else all.set(userId, [opening])
    }
    for (const [userId, openings] of all) this.#opened.set(userId, openings)
  }

  async open(tx: Tx, { userId, features, codeId, unlockedAt, until }: NewUnlock): Promise<void> {
    // A code that is good for several uses may be entered again: then it opens for so long again.
    const sql = `INSERT INTO access_unlocks (user_id, feature, code_id, unlocked_at, until) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET unlocked_at = excluded.unlocked_at, until = excluded.until`
    for (const feature of features === 'all' ? [EVERYTHING] : features)
      await tx.run(sql, [userId, feature, codeId, unlockedAt, until])
    await this.follow(tx, userId)
  }

  /** Closes what a code has opened, for everybody. */
  async closeCode(tx: Tx, codeId: string): Promise<void> {
    const sql = 'SELECT DISTINCT user_id FROM access_unlocks WHERE code_id = ?'
    const users = await tx.all<Pick<UnlockRow, 'user_id'>>(sql, [codeId])
    await tx.run('DELETE FROM access_unlocks WHERE code_id = ?', [codeId])
    for (const { user_id } of users) await this.follow(tx, user_id)
  }

  /** After the commit the memory is what the tables say in this transaction. */
  async follow(tx: Tx, userId: string): Promise<void> {
    const openings = await this.#read(tx, userId)
    tx.afterCommit(() => {
      this.#opened.set(userId, openings)
      this.#changed(userId)
    })
  }

  /** A page of who has opened what, by user. */
  async list(userId: string | undefined, cursor: string, limit: number) {
    const after = cursor === '' ? ['', '', ''] : cursor.split('/')
    const [user = '', feature = '', code = ''] = after
    const who = userId === undefined ? '' : 'AND user_id = ?'
    const rows = await this.#file.all<UnlockRow>(
      `SELECT * FROM access_unlocks WHERE (user_id, feature, code_id) > (?, ?, ?) ${who}
       ORDER BY user_id, feature, code_id LIMIT ?`,
      [user, feature, code, ...(userId === undefined ? [] : [userId]), limit],
    )
    const last = rows.length === limit ? rows.at(-1) : undefined
    return {
      items: rows.map(unlockOf),
      nextCursor: last ? `${last.user_id}/${last.feature}/${last.code_id}` : null,
    }
  }

  async #read(on: Statements, userId?: string): Promise<(Opening & { userId: string })[]> {
    const who = userId === undefined ? '' : ' AND user_id = ?'
    const params = [this.#now(), ...(userId === undefined ? [] : [userId])]
    const unlocks = await on.all<Pick<UnlockRow, 'user_id' | 'feature' | 'until'>>(OPEN_UNLOCKS + who, params)
    const subscriptions = await on.all<{ user_id: string; features: string | null; expires_at: number | null }>(
      OPEN_SUBSCRIPTIONS + who,
      params,
    )
    const subscribed = subscriptions.flatMap(({ user_id, features, expires_at }) => {
      const those = parseFeatures(features)
      return (those === 'all' ? [EVERYTHING] : those).map((feature) => ({
        userId: user_id,
        feature,
        until: expires_at,
      }))
    })
    return [...unlocks.map(({ user_id, feature, until }) => ({ userId: user_id, feature, until })), ...subscribed]
  }
}

function unlockOf({ user_id, feature, code_id, unlocked_at, until }: UnlockRow): Unlock {
  return {
    userId: user_id,
    feature: feature === EVERYTHING ? 'all' : feature,
    codeId: code_id,
    unlockedAt: unlocked_at,
    until,
  }
}
