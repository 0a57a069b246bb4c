import type { DatabaseFile, Migration, Tx } from '@waqtor/contracts'

export const migrations: readonly Migration[] = [
  {
    name: '001-instances',
    statements: [
      `CREATE TABLE instances (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        transport TEXT NOT NULL,
        auto_start INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        halted TEXT,
        deleting INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID`,
      // Accounts that the config asked for and that were created once: one that a person deletes stays deleted.
      'CREATE TABLE instance_seeds (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
    ],
  },
]

/** An account as it is kept in the host's file. */
export interface InstanceRow {
  readonly id: string
  readonly name: string
  readonly transport: string
  readonly autoStart: boolean
  readonly createdAt: number
  /** Why only a person may start it; null when it may start by itself. */
  readonly halted: string | null
  /** It is being removed, and that must be brought to its end. */
  readonly deleting: boolean
}

/** An account that nothing has happened to yet. */
export function newRow(row: Omit<InstanceRow, 'halted' | 'deleting'>): InstanceRow {
  return { ...row, halted: null, deleting: false }
}

interface StoredRow {
  readonly id: string
  readonly name: string
  readonly transport: string
  readonly auto_start: number
  readonly created_at: number
  readonly halted: string | null
  readonly deleting: number
}

export async function loadInstances(host: DatabaseFile): Promise<readonly InstanceRow[]> {
  const rows = await host.all<StoredRow>('SELECT * FROM instances ORDER BY id')
  return rows.map((it) => ({
    id: it.id,
    name: it.name,
    transport: it.transport,
    autoStart: it.auto_start === 1,
    createdAt: it.created_at,
    halted: it.halted,
    deleting: it.deleting === 1,
  }))
}

export async function insertInstance(tx: Tx, row: InstanceRow): Promise<void> {
  await tx.run('INSERT INTO instances (id, name, transport, auto_start, created_at) VALUES (?, ?, ?, ?, ?)', [
    row.id,
    row.name,
    row.transport,
    row.autoStart ? 1 : 0,
    row.createdAt,
  ])
}

export async function updateInstance(tx: Tx, row: InstanceRow): Promise<void> {
  await tx.run('UPDATE instances SET name = ?, transport = ?, auto_start = ?, halted = ?, deleting = ? WHERE id = ?', [
    row.name,
    row.transport,
    row.autoStart ? 1 : 0,
    row.halted,
    row.deleting ? 1 : 0,
    row.id,
  ])
}

export async function removeInstance(tx: Tx, id: string): Promise<void> {
  await tx.run('DELETE FROM instances WHERE id = ?', [id])
}

/** True when the config asks for the account for the first time. */
export async function plantSeed(tx: Tx, id: string): Promise<boolean> {
  const { changes } = await tx.run('INSERT INTO instance_seeds (id) VALUES (?) ON CONFLICT DO NOTHING', [id])
  return changes === 1
}
