import { type DatabaseFile, fail, type Migration, type Tx } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'

const createTable = `create table if not exists waqtor_migrations (
  owner text not null, name text not null, applied_at integer not null, primary key (owner, name)
) strict, without rowid`

/**
 * Which steps are still to be taken, in order.
 * @throws WaqtorError WAQ_MIGRATION_UNKNOWN when the file has seen a step that the code does not know: it was written by a
 * newer version, and going on could destroy what that one stored.
 */
export function pendingMigrations(
  file: string,
  owner: string,
  known: readonly Migration[],
  applied: ReadonlySet<string>,
): readonly Migration[] {
  const names = new Set<string>()
  for (const { name } of known) {
    if (names.has(name))
      throw fail('WAQ_MIGRATION_FAILED', `plugin '${owner}' has two migrations named '${name}'; names are unique`)
    names.add(name)
  }
  const newer = [...applied].filter((name) => !names.has(name))
  if (newer.length > 0) {
    throw fail(
      'WAQ_MIGRATION_UNKNOWN',
      `the database '${file}' was written by a newer version of plugin '${owner}' (${newer.join(', ')}); install that version again, or restore a backup from before`,
    )
  }
  return known.filter(({ name }) => !applied.has(name))
}

/** Takes every step of `owner` that the file has not seen, each in one transaction with its record. */
export async function migrate(file: DatabaseFile, owner: string, migrations: readonly Migration[]): Promise<void> {
  const pending = pendingMigrations(file.name, owner, migrations, await appliedMigrations(file, owner))
  for (const migration of pending) await file.write((tx) => apply(tx, owner, migration))
}

async function appliedMigrations(file: DatabaseFile, owner: string): Promise<Set<string>> {
  const table = await file.get(`select 1 from sqlite_schema where name = 'waqtor_migrations'`)
  if (!table) return new Set()
  const rows = await file.all<{ name: string }>('select name from waqtor_migrations where owner = ?', [owner])
  return new Set(rows.map((it) => it.name))
}

async function apply(tx: Tx, owner: string, { name, statements }: Migration): Promise<void> {
  try {
    await tx.run(createTable)
    const record = await tx.run('insert or ignore into waqtor_migrations (owner, name, applied_at) values (?, ?, ?)', [
      owner,
      name,
      Date.now(),
    ])
    // Somebody else took the step while this one waited for its turn.
    if (record.changes === 0) return
    for (const statement of statements) await tx.run(statement)
  } catch (cause) {
    if (isWaqtorError(cause) && cause.code.startsWith('WAQ_STORAGE_')) throw cause
    throw fail(
      'WAQ_MIGRATION_FAILED',
      `migration '${name}' of plugin '${owner}' failed on the database '${tx.file}': ${messageOf(cause)}; nothing of it was kept`,
      { cause, plugin: owner },
    )
  }
}
