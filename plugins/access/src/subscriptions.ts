import type { DatabaseFile } from '@waqtor/contracts'
import { WaqtorError, type z } from '@waqtor/kernel'
import { parseFeatures, storedFeatures } from './code-store.ts'
import { demandKnown } from './codes.ts'
import type { Subscription, setSubscription, UserSubscription } from './contract/subscriptions.ts'
import type { FeatureTable } from './feature-table.ts'
import type { Openings } from './openings.ts'

interface Row {
  readonly user_id: string
  readonly status: 'active' | 'inactive'
  readonly expires_at: number | null
  readonly features: string | null
  readonly updated_at: number
  readonly updated_by: string
}

/** Who has subscribed, as administrators set it. */
export class Subscriptions {
  readonly #file: DatabaseFile
  readonly #openings: Openings
  readonly #table: FeatureTable
  readonly #now: () => number

  constructor(file: DatabaseFile, openings: Openings, table: FeatureTable, now: () => number) {
    this.#file = file
    this.#openings = openings
    this.#table = table
    this.#now = now
  }

  async get(userId: string): Promise<Subscription> {
    const row = await this.#file.get<Row>('SELECT * FROM access_subscriptions WHERE user_id = ?', [userId])
    if (!row) return { status: 'none', expiresAt: null, features: [] }
    const { status, expiresAt, features } = shown(row, this.#now())
    return { status, expiresAt, features }
  }

  /** @throws WaqtorError WAQ_INPUT_INVALID for an unknown feature, or an active one that has ended already */
  async set(by: string, input: z.output<typeof setSubscription.input>): Promise<UserSubscription> {
    const { userId, status, expiresAt, features } = input
    demandKnown(features, this.#table)
    const now = this.#now()
    if (status === 'active' && expiresAt !== null && expiresAt <= now) {
      const message = 'must lie in the future'
      throw new WaqtorError('WAQ_INPUT_INVALID', `the end of an active subscription ${message}`, {
        details: { errors: [{ path: 'expiresAt', message }] },
      })
    }
    const row: Row = {
      user_id: userId,
      status,
      expires_at: expiresAt,
      features: storedFeatures(features),
      updated_at: now,
      updated_by: by,
    }
    await this.#file.write(async (tx) => {
      await tx.run(
        `INSERT OR REPLACE INTO access_subscriptions (user_id, status, expires_at, features, updated_at, updated_by)
         VALUES (?, ?, ?, ?, ?, ?)`,
        [userId, status, expiresAt, row.features, now, by],
      )
      await this.#openings.follow(tx, userId)
    })
    return shown(row, now)
  }

  async list(after: string, limit: number): Promise<{ items: UserSubscription[]; nextCursor: string | null }> {
    const sql = 'SELECT * FROM access_subscriptions WHERE user_id > ? ORDER BY user_id LIMIT ?'
    const rows = await this.#file.all<Row>(sql, [after, limit])
    const now = this.#now()
    return {
      items: rows.map((it) => shown(it, now)),
      nextCursor: rows.length === limit ? rows.at(-1)!.user_id : null,
    }
  }
}

function shown({ user_id, status, expires_at, features, updated_at, updated_by }: Row, now: number): UserSubscription {
  const ended = status === 'active' && expires_at !== null && expires_at <= now
  return {
    userId: user_id,
    status: ended ? 'expired' : status,
    expiresAt: expires_at,
    features: parseFeatures(features),
    updatedAt: updated_at,
    updatedBy: updated_by,
  }
}
