import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BACKUP_MANIFEST, type BackupManifest } from '@waqtor/contracts'
import Sqlite from 'better-sqlite3'
import { VERSION } from '../version.ts'

/** Makes a small database whose one row tells it from others; a bigger one, if it is padded. */
export function makeDatabase(path: string, mark: string, padding = 0): void {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Sqlite(path)
  database.exec('create table marks (mark text)')
  database.prepare('insert into marks values (?)').run(mark)
  database.exec(`create table padding as select zeroblob(${padding}) as bytes`)
  database.close()
}

export function markOf(path: string): unknown {
  const database = new Sqlite(path, { readonly: true })
  try {
    return database.prepare('select mark from marks').pluck().get()
  } finally {
    database.close()
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Writes a backup as the backup plugin does, with the accounts `default` and `shop` and one document. */
export function writeBackup(directory: string, mark: string, padding = 0): void {
  const databases = ['host.db', 'instances/default/waqtor.db', 'instances/shop/waqtor.db']
  for (const it of databases) makeDatabase(join(directory, it), mark, padding)
  mkdirSync(join(directory, 'settings'))
  writeFileSync(join(directory, 'settings/branding.json'), `{ "title": "${mark}" }`)
  const files = [...databases, 'settings/branding.json'].map((name) => ({
    name,
    bytes: statSync(join(directory, name)).size,
    sha256: sha256(readFileSync(join(directory, name))),
    integrity: name.endsWith('.db') ? ('ok' as const) : null,
  }))
  const manifest: BackupManifest = { format: 'waqtor-backup-1', version: VERSION, createdAt: 1, files }
  writeFileSync(join(directory, BACKUP_MANIFEST), JSON.stringify(manifest))
}
