import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BACKUP_MANIFEST, type BackupManifest, fail } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'
import { makePrivate, readManifest, syncDirectory } from './backup-folder.ts'
import type { Backup } from './contract.ts'
import { fingerprint } from './fingerprint.ts'
import { partOf } from './names.ts'

/**
 * Copies a finished backup into another directory, where it has its name only when every byte is there.
 * @returns the path of the copy
 * @throws WaqtorError WAQ_CONFLICT, WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED; the backup itself stays where it is
 */
export async function copyBackup({ name, path }: Backup, to: string): Promise<string> {
  const target = join(to, name)
  if (existsSync(target)) throw fail('WAQ_CONFLICT', `'${target}' is there already; the backup lies in '${path}'`)
  const part = partOf(target)
  try {
    // Whose directory it is, is the person's to say: only what is made here is closed to others.
    await mkdir(to, { recursive: true })
    await rm(part, { recursive: true, force: true })
    await makePrivate(part)
    const manifest = await readManifest(path)
    for (const { name: file } of [...manifest.files, { name: BACKUP_MANIFEST }]) {
      await makePrivate(dirname(join(part, file)))
      await cp(join(path, file), join(part, file), { errorOnExist: true, force: false })
    }
    await prove(part, manifest)
    await rename(part, target)
    await syncDirectory(to)
    return target
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => {})
    if (isWaqtorError(error)) throw error
    const { code } = error as NodeJS.ErrnoException
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    throw fail(
      full ? 'WAQ_STORAGE_FULL' : 'WAQ_STORAGE_FAILED',
      `the backup was not copied to '${to}': ${full ? 'the disk is full' : messageOf(error)}; it lies in '${path}'`,
      { cause: error },
    )
  }
}

async function prove(directory: string, { files }: BackupManifest): Promise<void> {
  for (const { name, sha256 } of files) {
    const copy = await fingerprint(join(directory, name), { sync: true })
    if (copy.sha256 !== sha256) throw new Error(`'${name}' did not arrive as it was`)
  }
  await fingerprint(join(directory, BACKUP_MANIFEST), { sync: true })
}
