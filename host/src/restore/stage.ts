import { createHash } from 'node:crypto'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '@waqtor/contracts'
import { isWaqtorError, messageOf, type WaqtorError } from '@waqtor/kernel'
import Sqlite from 'better-sqlite3'
import { type BackupSource, invalid } from './backup-source.ts'

/**
 * Copies a backup to where it is still out of the way, and looks at every byte and every page of the copies: those very
 * files are put in place afterwards. What fails leaves nothing.
 * @throws WaqtorError WAQ_BACKUP_INVALID, WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED
 */
export async function stageBackup(source: BackupSource, staging: string, signal: AbortSignal): Promise<void> {
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { mode: 0o700 })
    await demandRoom(source, staging)
    for (const file of source.manifest.files) {
      signal.throwIfAborted()
      const copy = join(staging, file.name)
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
      if ((await copyFile(join(source.path, file.name), copy)) !== file.sha256)
        throw invalid(source.path, `its file '${file.name}' is not what was written`)
      if (file.integrity !== null) demandWhole(source.path, file.name, copy)
    }
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => {})
    if (isWaqtorError(error) || signal.aborted) throw error
    throw notBegun(source.path, dirname(staging), error)
  }
}

/** The disk, and not the backup, is why nothing was changed. */
export function notBegun(backup: string, directory: string, cause: unknown): WaqtorError {
  const { code } = cause as NodeJS.ErrnoException
  return fail(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'WAQ_STORAGE_FULL' : 'WAQ_STORAGE_FAILED',
    `the backup '${backup}' could not be copied into '${directory}', and nothing was changed: ${messageOf(cause)}`,
    { cause },
  )
}

async function demandRoom({ path, bytes }: BackupSource, staging: string): Promise<void> {
  const { bavail, bsize } = await statfs(staging)
  const free = bavail * bsize
  const message = `the backup '${path}' has ${bytes} bytes, and '${dirname(staging)}' has room for ${free}; nothing was changed`
  if (free < bytes) throw fail('WAQ_STORAGE_FULL', message)
}

/** Answers the SHA-256 of what was copied, which the disk has by then. */
async function copyFile(from: string, to: string): Promise<string> {
  const hash = createHash('sha256')
  await using source = await open(from, 'r')
  await using target = await open(to, 'wx', 0o600)
  for await (const chunk of source.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk)
    await target.writeFile(chunk)
  }
  await target.sync()
  return hash.digest('hex')
}

function demandWhole(backup: string, name: string, path: string): void {
  let verdict: unknown
  let database: Sqlite.Database | undefined
  try {
    database = new Sqlite(path, { readonly: true, fileMustExist: true })
    verdict = database.pragma('integrity_check(1)', { simple: true })
  } catch (error) {
    verdict = messageOf(error)
  } finally {
    database?.close()
  }
  if (verdict !== 'ok') throw invalid(backup, `its database '${name}' is damaged: ${verdict}`)
}
