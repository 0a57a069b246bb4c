import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BACKUP_MANIFEST, BackupManifest } from '@waqtor/contracts'
import { messageOf, WaqtorError } from '@waqtor/kernel'
import { hostErrorCodes } from '../error-codes.ts'
import { VERSION } from '../version.ts'

/** Far more than the longest manifest, and far less than what could be in the way of reading one. */
const MANIFEST_LIMIT_BYTES = 32 * 1024 * 1024

/** A backup that can be restored, as far as its manifest and the sizes of its files tell. */
export interface BackupSource {
  readonly path: string
  readonly manifest: BackupManifest
  readonly bytes: number
}

/**
 * Reads what a backup says of itself, and whether its files are there. Changes nothing.
 * @throws WaqtorError WAQ_BACKUP_INVALID, WAQ_BACKUP_NEWER
 */
export async function readBackup(path: string): Promise<BackupSource> {
  const document = await readDocument(path)
  demandOurs(path, document)
  const { data: manifest, error } = BackupManifest.safeParse(document)
  if (!manifest) {
    const [issue] = error.issues
    throw invalid(path, `its ${BACKUP_MANIFEST} is none of a backup: ${issue?.path.join('.')} ${issue?.message}`)
  }
  for (const { name, bytes } of manifest.files) {
    const found = await lstat(join(path, name)).catch(() => undefined)
    if (!found?.isFile()) throw invalid(path, `its file '${name}' is missing`)
    if (found.size !== bytes) throw invalid(path, `its file '${name}' has ${found.size} bytes instead of ${bytes}`)
  }
  return { path, manifest, bytes: manifest.files.reduce((sum, it) => sum + it.bytes, 0) }
}

/** What is wrong with a backup; whoever throws it has changed nothing. */
export function invalid(path: string, problem: string, cause?: unknown): WaqtorError {
  const { status } = hostErrorCodes.WAQ_BACKUP_INVALID
  const message = `the backup '${path}' cannot be restored, and nothing was changed: ${problem}`
  return new WaqtorError('WAQ_BACKUP_INVALID', message, { status, cause })
}

async function readDocument(path: string): Promise<unknown> {
  const file = join(path, BACKUP_MANIFEST)
  try {
    const { size } = await lstat(file)
    if (size > MANIFEST_LIMIT_BYTES) throw new Error(`it has ${size} bytes`)
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw invalid(path, missing ? `there is no ${file}` : `its ${BACKUP_MANIFEST} cannot be read: ${messageOf(error)}`)
  }
}

/** A newer version may mean something else by the same names, so it is told before anything else is looked at. */
function demandOurs(path: string, document: unknown): void {
  const { format, version } = (document ?? {}) as { readonly format?: unknown; readonly version?: unknown }
  if (typeof format !== 'string' || !format.startsWith('waqtor-backup-'))
    throw invalid(path, `its ${BACKUP_MANIFEST} is none of a backup of WaQtor`)
  const known = format === BackupManifest.shape.format.value
  if (known && (typeof version !== 'string' || !isNewer(version, VERSION))) return
  const { status } = hostErrorCodes.WAQ_BACKUP_NEWER
  const message = `the backup '${path}' was made by WaQtor ${String(version).slice(0, 40)}, and this is ${VERSION}; nothing was changed`
  throw new WaqtorError('WAQ_BACKUP_NEWER', message, { status })
}

function isNewer(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) > 0
}
