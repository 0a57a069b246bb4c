import type { DatabaseFile, Statements, Tx } from '@waqtor/contracts'
import type { CodeLength, Features } from './contract/features.ts'

/** A code as it is kept: of its digits only a keyed digest. */
export interface CodeRecord {
  readonly id: string
  readonly digest: Uint8Array
  readonly keyId: string
  readonly length: CodeLength
  readonly features: Features
  readonly userId: string | null
  readonly uses: number
  readonly used: number
  readonly opensMs: number | null
  readonly note: string
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
  readonly revokedAt: number | null
}

interface Row {
  readonly id: string
  readonly digest: Uint8Array
  readonly key_id: string
  readonly length: CodeLength
  readonly features: string | null
  readonly user_id: string | null
  readonly uses: number
  readonly used: number
  readonly opens_ms: number | null
  readonly note: string
  readonly created_at: number
  readonly created_by: string
  readonly expires_at: number
  readonly revoked_at: number | null
}

const ACTIVE = 'expires_at > ? AND key_id = ? AND revoked_at IS NULL AND used < uses'

/** The table of codes. */
export class CodeStore {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async get(id: string, on: Statements = this.#file): Promise<CodeRecord | undefined> {
    const row = await on.get<Row>('SELECT * FROM access_codes WHERE id = ?', [id])
    return row && recordOf(row)
  }

  /** Newest first; `before` is the id of the last one of the page before. */
  async page(before: string, limit: number): Promise<CodeRecord[]> {
    const where = before === '' ? '' : 'WHERE id < ?'
    const sql = `SELECT * FROM access_codes ${where} ORDER BY id DESC LIMIT ?`
    const rows = await this.#file.all<Row>(sql, before === '' ? [limit] : [before, limit])
    return rows.map(recordOf)
  }

  /** Those that somebody could enter now. */
  async active(on: Statements, keyId: string, now: number): Promise<CodeRecord[]> {
    const rows = await on.all<Row>(`SELECT * FROM access_codes WHERE ${ACTIVE}`, [now, keyId])
    return rows.map(recordOf)
  }

  /** Those that this user could enter now. */
  async activeFor(on: Statements, userId: string, keyId: string, now: number): Promise<CodeRecord[]> {
    const sql = `SELECT * FROM access_codes WHERE ${ACTIVE} AND (user_id IS NULL OR user_id = ?)`
    const rows = await on.all<Row>(sql, [now, keyId, userId])
    return rows.map(recordOf)
  }

  /** The codes made with another key that would still be good. */
  async countVoid(keyId: string, now: number): Promise<number> {
    const sql = `SELECT count(*) AS n FROM access_codes
      WHERE key_id <> ? AND expires_at > ? AND revoked_at IS NULL AND used < uses`
    return (await this.#file.get<{ n: number }>(sql, [keyId, now]))!.n
  }

  /** The length of the newest code for each list of features, oldest first. */
  async lengths(): Promise<{ features: Features; length: CodeLength }[]> {
    const sql = 'SELECT features, length, max(id) AS id FROM access_codes GROUP BY features ORDER BY 3'
    const rows = await this.#file.all<Pick<Row, 'features' | 'length'>>(sql)
    return rows.map(({ features, length }) => ({ features: parseFeatures(features), length }))
  }

  async add(tx: Tx, code: CodeRecord): Promise<void> {
    const { id, digest, keyId, length, features, userId, uses, opensMs, note, createdAt, createdBy, expiresAt } = code
    await tx.run(
      `INSERT INTO access_codes (id, digest, key_id, length, features, user_id, uses, opens_ms, note, created_at, created_by, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        id,
        digest,
        keyId,
        length,
        storedFeatures(features),
        userId,
        uses,
        opensMs,
        note,
        createdAt,
        createdBy,
        expiresAt,
      ],
    )
  }

  async use(tx: Tx, id: string): Promise<void> {
    await tx.run('UPDATE access_codes SET used = used + 1 WHERE id = ?', [id])
  }

  /** The first revocation stands. */
  async revoke(tx: Tx, id: string, now: number): Promise<void> {
    await tx.run('UPDATE access_codes SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [now, id])
  }
}

export function storedFeatures(features: Features): string | null {
  return features === 'all' ? null : JSON.stringify(features)
}

export function parseFeatures(stored: string | null): Features {
  return stored === null ? 'all' : JSON.parse(stored)
}

function recordOf(row: Row): CodeRecord {
  return {
    id: row.id,
    digest: row.digest,
    keyId: row.key_id,
    length: row.length,
    features: parseFeatures(row.features),
    userId: row.user_id,
    uses: row.uses,
    used: row.used,
    opensMs: row.opens_ms,
    note: row.note,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
