import type { DatabaseFile, SqlValue, Tx } from '@waqtor/contracts'
import type { Role } from '../contract/shapes.ts'

/** A user as it is kept: of the password only what scrypt makes of it. */
export interface UserRecord {
  readonly id: string
  readonly name: string
  /** The name without the differences that do not count. */
  readonly nameKey: string
  readonly displayName: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly avatarFileId: string | null
  readonly role: Role
  readonly instances: readonly string[] | 'all'
  readonly password: string
  readonly createdAt: number
  readonly disabledAt: number | null
  readonly lastSignInAt: number | null
}

interface Row {
  readonly id: string
  readonly name: string
  readonly name_key: string
  readonly display_name: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly avatar_file_id: string | null
  readonly role: Role
  readonly instances: string | null
  readonly password: string
  readonly created_at: number
  readonly disabled_at: number | null
  readonly last_sign_in_at: number | null
}

/** `Mona` and `mona` are one name, and so are two ways to write one letter. */
export function nameKeyOf(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase()
}

/** True for a user who may do everything, everywhere, now. */
export function isWholeAdmin({ role, instances, disabledAt }: UserRecord): boolean {
  return role === 'admin' && instances === 'all' && disabledAt === null
}

/** The table of users in the host's file. What reads to write reads in the transaction. */
export class UserStore {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async all(): Promise<UserRecord[]> {
    return (await this.#file.all<Row>('SELECT * FROM auth_users ORDER BY id')).map(recordOf)
  }

  write<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#file.write(fn)
  }

  async get(tx: Tx, id: string): Promise<UserRecord | undefined> {
    const row = await tx.get<Row>('SELECT * FROM auth_users WHERE id = ?', [id])
    return row && recordOf(row)
  }

  async isTaken(tx: Tx, nameKey: string, by: string): Promise<boolean> {
    return (await tx.get('SELECT id FROM auth_users WHERE name_key = ? AND id <> ?', [nameKey, by])) !== undefined
  }

  async isEmpty(tx: Tx): Promise<boolean> {
    return (await tx.get('SELECT id FROM auth_users LIMIT 1')) === undefined
  }

  /** True when there is an enabled administrator of everything besides this one. */
  async hasOtherAdmin(tx: Tx, id: string): Promise<boolean> {
    const sql = `SELECT id FROM auth_users
      WHERE role = 'admin' AND instances IS NULL AND disabled_at IS NULL AND id <> ? LIMIT 1`
    return (await tx.get(sql, [id])) !== undefined
  }

  async put(tx: Tx, user: UserRecord): Promise<void> {
    const row = rowOf(user)
    const names = Object.keys(row)
    const sql = `INSERT INTO auth_users (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
      ON CONFLICT (id) DO UPDATE SET ${names.map((it) => `${it} = excluded.${it}`).join(', ')}`
    await tx.run(sql, Object.values(row))
  }

  async remove(tx: Tx, id: string): Promise<void> {
    await tx.run('DELETE FROM auth_users WHERE id = ?', [id])
    await tx.run('DELETE FROM auth_addresses WHERE user_id = ?', [id])
  }
}

function rowOf(user: UserRecord): Record<keyof Row, SqlValue> {
  return {
    id: user.id,
    name: user.name,
    name_key: user.nameKey,
    display_name: user.displayName,
    email: user.email,
    phone: user.phone,
    avatar_file_id: user.avatarFileId,
    role: user.role,
    instances: user.instances === 'all' ? null : JSON.stringify(user.instances),
    password: user.password,
    created_at: user.createdAt,
    disabled_at: user.disabledAt,
    last_sign_in_at: user.lastSignInAt,
  }
}

function recordOf(row: Row): UserRecord {
  return {
    id: row.id,
    name: row.name,
    nameKey: row.name_key,
    displayName: row.display_name,
    email: row.email,
    phone: row.phone,
    avatarFileId: row.avatar_file_id,
    role: row.role,
    instances: row.instances === null ? 'all' : JSON.parse(row.instances),
    password: row.password,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    lastSignInAt: row.last_sign_in_at,
  }
}
