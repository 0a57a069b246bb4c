import type { DatabaseFile, Tx } from '@waqtor/contracts'

/** A session as it is kept: of the token only a digest. */
export interface SessionRecord {
  /** Without the prefix that people see. */
  readonly id: string
  readonly userId: string
  /** SHA-256, in hex. */
  readonly digest: string
  readonly address: string | null
  readonly userAgent: string | null
  readonly createdAt: number
  readonly lastSeenAt: number
  /** However much it is used. */
  readonly expiresAt: number
}

interface Row {
  readonly id: string
  readonly user_id: string
  readonly digest: string
  readonly address: string | null
  readonly user_agent: string | null
  readonly created_at: number
  readonly last_seen_at: number
  readonly expires_at: number
}

/** The table of sessions in the host's file. */
export class SessionStore {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async all(): Promise<SessionRecord[]> {
    const rows = await this.#file.all<Row>('SELECT * FROM auth_sessions ORDER BY id')
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      digest: row.digest,
      address: row.address,
      userAgent: row.user_agent,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
    }))
  }

  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#file.write(fn)
  }

  async add(tx: Tx, it: SessionRecord): Promise<void> {
    await tx.run(
      `INSERT INTO auth_sessions (id, user_id, digest, address, user_agent, created_at, last_seen_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [it.id, it.userId, it.digest, it.address, it.userAgent, it.createdAt, it.lastSeenAt, it.expiresAt],
    )
  }

  /** As the transaction sees them: also those that an earlier one of the same commit has begun. */
  async idsOf(tx: Tx, userId: string): Promise<string[]> {
    const rows = await tx.all<{ id: string }>('SELECT id FROM auth_sessions WHERE user_id = ?', [userId])
    return rows.map(({ id }) => id)
  }

  async remove(tx: Tx, ids: readonly string[]): Promise<void> {
    for (const id of ids) await tx.run('DELETE FROM auth_sessions WHERE id = ?', [id])
  }

  async markSeen(times: ReadonlyMap<string, number>): Promise<void> {
    await this.#file.write(async (tx) => {
      for (const [id, time] of times) await tx.run('UPDATE auth_sessions SET last_seen_at = ? WHERE id = ?', [time, id])
    })
  }
}
