import type { DatabaseFile, RateLimits, SqlValue, Tx } from '@waqtor/contracts'
import type { Grant } from './reach.ts'

/** A key as it is kept: of the credential only a digest. */
export interface KeyRecord extends Grant {
  readonly id: string
  readonly name: string
  readonly origin: 'created' | 'environment' | 'local'
  /** SHA-256, in hex. */
  readonly digest: string
  /** Features that need an access code stay shut for it as they do for a user. */
  readonly gated: boolean
  readonly rateLimit: RateLimits | null
  readonly createdAt: number
  readonly createdBy: string | null
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

interface Row {
  readonly id: string
  readonly name: string
  readonly origin: KeyRecord['origin']
  readonly digest: string
  readonly permissions: string
  readonly instances: string | null
  readonly gated: number
  readonly rate_per_second: number | null
  readonly rate_burst: number | null
  readonly created_at: number
  readonly created_by: string | null
  readonly expires_at: number | null
  readonly revoked_at: number | null
  readonly last_used_at: number | null
}

/** More that is written in the same commit. */
type Also = (tx: Tx) => Promise<unknown>

/** The table of keys in the host's file. */
export class KeyStore {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async active(): Promise<KeyRecord[]> {
    const rows = await this.#file.all<Row>('SELECT * FROM auth_keys WHERE revoked_at IS NULL ORDER BY id')
    return rows.map(recordOf)
  }

  async page(after: string, limit: number): Promise<KeyRecord[]> {
    const rows = await this.#file.all<Row>('SELECT * FROM auth_keys WHERE id > ? ORDER BY id LIMIT ?', [after, limit])
    return rows.map(recordOf)
  }

  async get(id: string): Promise<KeyRecord | undefined> {
    const row = await this.#file.get<Row>('SELECT * FROM auth_keys WHERE id = ?', [id])
    return row && recordOf(row)
  }

  /** True when a key with this digest was revoked: it must not come back by another way. */
  async wasRevoked(digest: string): Promise<boolean> {
    const sql = 'SELECT id FROM auth_keys WHERE digest = ? AND revoked_at IS NOT NULL'
    return (await this.#file.get(sql, [digest])) !== undefined
  }

  /** Adds a key and ends others in the same commit, so that a replaced key and its successor are never both gone. */
  async add(key: KeyRecord, replaced: readonly string[] = [], also?: Also): Promise<void> {
    const row = rowOf(key)
    const names = Object.keys(row)
    const sql = `INSERT INTO auth_keys (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
    await this.#file.write(async (tx) => {
      for (const old of replaced) await tx.run('UPDATE auth_keys SET revoked_at = ? WHERE id = ?', [key.createdAt, old])
      await tx.run(sql, Object.values(row))
      await also?.(tx)
    })
  }

  /** The first revocation stands: a second one does not change its time, and `also` is left out. */
  async revoke(id: string, time: number, also?: Also): Promise<void> {
    await this.#file.write(async (tx) => {
      const sql = 'UPDATE auth_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL'
      const { changes } = await tx.run(sql, [time, id])
      if (changes > 0) await also?.(tx)
    })
  }

  /** Notes when keys were last used. */
  async markUsed(times: ReadonlyMap<string, number>): Promise<void> {
    await this.#file.write(async (tx) => {
      for (const [id, time] of times) await tx.run('UPDATE auth_keys SET last_used_at = ? WHERE id = ?', [time, id])
    })
  }
}

function rowOf(key: KeyRecord): Record<keyof Row, SqlValue> {
  return {
    id: key.id,
    name: key.name,
    origin: key.origin,
    digest: key.digest,
    permissions: JSON.stringify(key.permissions),
    instances: key.instances === 'all' ? null : JSON.stringify(key.instances),
    gated: key.gated ? 1 : 0,
    rate_per_second: key.rateLimit?.perSecond ?? null,
    rate_burst: key.rateLimit?.burst ?? null,
    created_at: key.createdAt,
    created_by: key.createdBy,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  }
}

function recordOf(row: Row): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    origin: row.origin,
    digest: row.digest,
    permissions: JSON.parse(row.permissions),
    instances: row.instances === null ? 'all' : JSON.parse(row.instances),
    gated: row.gated === 1,
    rateLimit: row.rate_per_second === null ? null : { perSecond: row.rate_per_second, burst: row.rate_burst ?? 1 },
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }
}
