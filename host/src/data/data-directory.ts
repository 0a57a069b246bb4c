import { existsSync } from 'node:fs'
import { chmod, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, WaqtorError } from '@waqtor/kernel'

/**
 * Makes sure that the data directory is there and belongs to this user alone (mode 0700): sessions and keys lie in it.
 * @throws WaqtorError WAQ_DATA_DIRECTORY
 */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path)
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) await chmod(path, 0o700)
  } catch (cause) {
    throw new WaqtorError('WAQ_DATA_DIRECTORY', `the data directory '${path}' cannot be used: ${reasonOf(cause)}`, {
      phase: 'config',
      cause,
    })
  }
}

// Step by step, because Node's own `recursive` never ends where the system answers ENOENT below a directory that is there,
// as /proc does.
async function makeDirectory(path: string): Promise<void> {
  const above = dirname(path)
  if (above !== path && !existsSync(above)) await makeDirectory(above)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
}

function reasonOf(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'something on that path is a file'
    case 'EACCES':
      return 'this user may not write there'
    case 'EPERM':
      return 'it belongs to another user'
    case 'EROFS':
      return 'the disk is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return messageOf(cause)
  }
}
