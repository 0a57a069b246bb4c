import { open } from 'node:fs/promises'
import { fail } from '@waqtor/contracts'
import { isWaqtorError, messageOf } from '@waqtor/kernel'

/** Tells what the disk refused. `doing` says what was tried: `the file cannot be written`. */
export function diskFault(error: unknown, doing: string): Error {
  if (isWaqtorError(error)) return error
  const code = (error as NodeJS.ErrnoException).code
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return full ? diskFull(doing, error) : fail('WAQ_STORAGE_FAILED', `${doing}: ${messageOf(error)}`, { cause: error })
}

export function diskFull(doing: string, cause?: unknown): Error {
  return fail('WAQ_STORAGE_FULL', `${doing}: the disk is full. Free some space; nothing of it was kept`, { cause })
}

/** Makes sure that a name is there after a power cut. Windows has no such thing, and does not let a directory be opened. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using directory = await open(path, 'r')
  await directory.sync()
}
