import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a rename or a removal in a directory last through a power cut. */
export function syncDirectory(path: string): void {
  // Windows cannot open a directory; its journal keeps the order by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Writes a file of which, even after a power cut, either all is there or nothing; for this user alone. */
export function writeDurably(path: string, text: string): void {
  const draft = `${path}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true })
    renameSync(draft, path)
    syncDirectory(dirname(path))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
