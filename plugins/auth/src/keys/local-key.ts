import { randomUUID } from 'node:crypto'
import { chmod, lstat, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The file in the data directory that lets the same user's command line in. */
export const LOCAL_KEY_FILE = 'local-key'

/** The credential in the file, with nobody else able to read it; nothing when there is none. */
export async function readLocalKey(dataDirectory: string): Promise<string | undefined> {
  const path = join(dataDirectory, LOCAL_KEY_FILE)
  try {
    const found = await lstat(path)
    if (!found.isFile()) return undefined
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o600)
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Puts the credential there in one step: a reader sees the old file or the new one, and whatever was linked there is let go. */
export async function writeLocalKey(dataDirectory: string, credential: string): Promise<void> {
  const path = join(dataDirectory, LOCAL_KEY_FILE)
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, `${credential}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
