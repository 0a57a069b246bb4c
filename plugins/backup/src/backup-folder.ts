import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BACKUP_MANIFEST, BackupManifest } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { fingerprint } from './fingerprint.ts'
import { isDrawn, partOf } from './names.ts'

/** Far more than the longest manifest, and far less than what could be in the way of reading one. */
const MANIFEST_LIMIT_BYTES = 32 * 1024 * 1024

/** Makes a directory for nobody else's eyes, unless it is there: then it is as its owner wants it. */
export async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** Waits until the disk knows what a directory holds. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; its journal keeps the order by itself.
  if (process.platform === 'win32') return
  await using directory = await open(path, 'r')
  await directory.sync()
}

/** Writes the manifest of a directory whose files are all there and on the disk. */
export async function writeManifest(directory: string, manifest: BackupManifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFile(join(directory, BACKUP_MANIFEST), text, { mode: 0o600, flag: 'wx', flush: true })
  const directories = new Set(manifest.files.map(({ name }) => dirname(join(directory, name))))
  for (const it of [...directories, join(directory, 'instances'), directory])
    if (existsSync(it)) await syncDirectory(it)
}

/** @throws Error saying in words why the directory holds no backup */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const path = join(directory, BACKUP_MANIFEST)
  let document: unknown
  try {
    if ((await stat(path)).size > MANIFEST_LIMIT_BYTES) throw new Error('it is too big')
    document = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new Error(`its ${BACKUP_MANIFEST} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  const { data, error } = BackupManifest.safeParse(document)
  if (data) return data
  const [issue] = error.issues
  throw new Error(`its ${BACKUP_MANIFEST} is none of a backup: ${issue?.path.join('.')} ${issue?.message}`)
}

/** Compares every byte with the checksums. Answers the first difference, in words. */
export async function differenceIn(directory: string, { files }: BackupManifest): Promise<string | undefined> {
  for (const { name, bytes, sha256 } of files) {
    try {
      const found = await fingerprint(join(directory, name))
      if (found.bytes !== bytes) return `'${name}' has ${found.bytes} bytes instead of ${bytes}`
      if (found.sha256 !== sha256) return `'${name}' is not what was written`
    } catch (error) {
      return `'${name}' cannot be read: ${messageOf(error)}`
    }
  }
  return undefined
}

/** Deletes a backup so that a crash in the middle leaves nothing that looks like one. */
export async function removeBackup(directory: string): Promise<void> {
  const part = partOf(directory)
  await rm(part, { recursive: true, force: true })
  await rename(directory, part)
  await rm(part, { recursive: true, force: true })
}

/**
 * Deletes what crashes have left behind: under drawn names, and under the name that is wanted now. Whatever else lies in a
 * directory that a person chose is theirs.
 */
export async function removeParts(directory: string, wanted: string): Promise<void> {
  for (const it of await readdir(directory)) {
    const name = it.endsWith(partOf('')) ? it.slice(0, -partOf('').length) : ''
    if (isDrawn(name) || name === wanted) await rm(join(directory, it), { recursive: true, force: true })
  }
}
