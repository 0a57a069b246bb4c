import { access } from 'node:fs/promises'
import type { Folder } from './folder.ts'
import type { FileStore } from './store.ts'
import type { Uploads } from './uploads.ts'

/** After so long without a piece, a file that is being handed in is given up. */
const IDLE_MS = 3_600_000

export interface Swept {
  /** Files whose time was over. */
  readonly expired: number
  /** What lay in the folder and belonged to no file: a crash, or a deletion that was cut off. */
  readonly strays: number
  /** Files of which nothing lay in the folder. */
  readonly lost: number
}

/** Removes what has come to its end, and what belongs to nothing. Runs beside everything else. */
export async function sweep(store: FileStore, folder: Folder, uploads: Uploads, now: number): Promise<Swept> {
  await uploads.dropIdle(now - IDLE_MS)
  const expired = await store.expire(now)
  for (const fileId of expired) await folder.remove(fileId)

  // In this order, since files come and go meanwhile: what was in the folder before we asked who writes, and was neither
  // written then nor has a row now, is nobody's.
  const entries = await folder.entries()
  const written = new Set(uploads.fileIds)
  const rows = await store.ids()
  const strays = entries.filter(({ name, fileId }) => !written.has(fileId) && !(rows.has(fileId) && name === fileId))
  for (const { name } of strays) await folder.remove(name)

  const there = new Set(entries.map((it) => it.name))
  const missing = [...rows].filter((fileId) => !there.has(fileId))
  const lost: string[] = []
  // A younger file may have come into the folder after we looked.
  for (const fileId of missing) if (!(await exists(folder.pathOf(fileId)))) lost.push(fileId)
  if (lost.length > 0) await store.remove(lost)
  return { expired: expired.length, strays: strays.length, lost: lost.length }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
