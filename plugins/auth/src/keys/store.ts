import type { DatabaseFile, Migration } from '@waqtor/contracts'
import type { Grant } from './reach.ts'

export const migrations: readonly Migration[] = [
  {
    name: '001-keys',
    statements: [
      `CREATE TABLE auth_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('created', 'environment', 'local')),
        digest TEXT NOT NULL,
        permissions TEXT NOT NULL,
        instances TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER
      ) STRICT`,
    ],
  },
]

/** A key as it is kept: of the credential only a digest. */
export interface KeyRecord extends Grant {
  readonly id: string
  readonly name: string
  readonly origin: 'created' | 'environment' | 'local'
  /** SHA-256, in hex. */
  readonly digest: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

interface Row {
  readonly id: string
  readonly name: string
  readonly origin: KeyRecord['origin']
  readonly digest: string
  readonly permissions: string
  readonly instances: string | null
  readonly created_at: number
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

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
  async add(key: KeyRecord, replaced: readonly string[] = []): Promise<void> {
    const { id, name, origin, digest, permissions, instances, createdAt, expiresAt } = key
    await this.#file.write(async (tx) => {
      for (const old of replaced) await tx.run('UPDATE auth_keys SET revoked_at = ? WHERE id = ?', [createdAt, old])
      await tx.run(
        `INSERT INTO auth_keys (id, name, origin, digest, permissions, instances, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          id,
          name,
          origin,
          digest,
          JSON.stringify(permissions),
          instances === 'all' ? null : JSON.stringify(instances),
          createdAt,
          expiresAt,
        ],
      )
    })
  }

  /** The first revocation stands: a second one does not change its time. */
  async revoke(id: string, time: number): Promise<void> {
    await this.#file.write(async (tx) => {
      await tx.run('UPDATE auth_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [time, id])
    })
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
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
