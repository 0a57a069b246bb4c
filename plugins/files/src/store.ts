import type { Database, DatabaseFile, FileInfo, Migration } from '@waqtor/contracts'

export const migrations: readonly Migration[] = [
  {
    name: '001-files',
    statements: [
      `CREATE TABLE files (
        id TEXT PRIMARY KEY,
        filename TEXT NOT NULL,
        content_type TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        owner TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER
      ) STRICT`,
      'CREATE INDEX files_by_owner ON files (owner, id)',
      'CREATE INDEX files_by_end ON files (expires_at) WHERE expires_at IS NOT NULL',
    ],
  },
]

/** A file as it is kept. There is a row only while the whole file lies in the folder. */
export interface FileRecord extends FileInfo {
  /** The id of a principal; `null`: administrators only. */
  readonly owner: string | null
}

interface Row {
  readonly id: string
  readonly filename: string
  readonly content_type: string
  readonly bytes: number
  readonly owner: string | null
  readonly created_at: number
  readonly expires_at: number | null
}

/** The table of files in the host's file. What has come to its end at `now` is not there. */
export class FileStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async add({ fileId, filename, contentType, bytes, owner, createdAt, expiresAt }: FileRecord): Promise<void> {
    await (await this.#file()).write((tx) =>
      tx.run(
        `INSERT INTO files (id, filename, content_type, bytes, owner, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [fileId, filename, contentType, bytes, owner, createdAt, expiresAt],
      ),
    )
  }

  async get(fileId: string, now: number): Promise<FileRecord | undefined> {
    const sql = 'SELECT * FROM files WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)'
    const row = await (await this.#file()).get<Row>(sql, [fileId, now])
    return row && recordOf(row)
  }

  /** Newest first. @param owner `undefined`: everybody's */
  async page(owner: string | undefined, before: string, limit: number, now: number): Promise<FileRecord[]> {
    const mine = owner === undefined ? '' : 'AND owner = ?'
    const sql = `SELECT * FROM files WHERE id < ? AND (expires_at IS NULL OR expires_at > ?) ${mine}
      ORDER BY id DESC LIMIT ?`
    const rows = await (await this.#file()).all<Row>(
      sql,
      owner === undefined ? [before, now, limit] : [before, now, owner, limit],
    )
    return rows.map(recordOf)
  }

  /** Takes the end away. Answers whether there is such a file. */
  async keep(fileId: string, now: number): Promise<boolean> {
    const sql = 'UPDATE files SET expires_at = NULL WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)'
    const { changes } = await (await this.#file()).write((tx) => tx.run(sql, [fileId, now]))
    return changes > 0
  }

  /** Answers how many there were. */
  async remove(fileIds: readonly string[]): Promise<number> {
    const sql = 'DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))'
    const { changes } = await (await this.#file()).write((tx) => tx.run(sql, [JSON.stringify(fileIds)]))
    return changes
  }

  /** Removes the rows of those that have come to their end, and answers their ids. */
  async expire(now: number): Promise<string[]> {
    const rows = await (await this.#file()).write((tx) =>
      tx.all<{ id: string }>('DELETE FROM files WHERE expires_at <= ? RETURNING id', [now]),
    )
    return rows.map((it) => it.id)
  }

  async ids(): Promise<Set<string>> {
    const rows = await (await this.#file()).all<{ id: string }>('SELECT id FROM files')
    return new Set(rows.map((it) => it.id))
  }

  #file(): Promise<DatabaseFile> {
    return this.#database.open('host')
  }
}

function recordOf(row: Row): FileRecord {
  return {
    fileId: row.id,
    filename: row.filename,
    contentType: row.content_type,
    bytes: row.bytes,
    owner: row.owner,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
