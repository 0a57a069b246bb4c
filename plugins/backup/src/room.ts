import { statfs } from 'node:fs/promises'
import { type Database, fail, type Instances } from '@waqtor/contracts'

/** What a backup leaves free: sending stops where the disk is full, so a copy must not be what fills it. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** @throws WaqtorError WAQ_STORAGE_FULL before a byte is written, when the copies would not leave enough room */
export async function demandRoom(
  { database, instances }: { readonly database: Database; readonly instances?: Instances | undefined },
  names: readonly string[],
  directory: string,
): Promise<void> {
  let needed = RESERVE_BYTES
  for (const name of names) {
    if (!isThere(name, instances)) continue
    const file = await database.open(name)
    const size = await file.get<{ bytes: number }>(
      'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
    )
    needed += size?.bytes ?? 0
  }
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  if (free < needed)
    throw fail(
      'WAQ_STORAGE_FULL',
      `no backup was made: it would take ${megabytes(needed)} in '${directory}' with what has to stay free, and ${megabytes(free)} are free`,
    )
}

/** False for an account that was deleted meanwhile: being opened, its file would come into being again. */
export function isThere(name: string, instances: Instances | undefined): boolean {
  return name === 'host' || instances?.has(name) === true
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024).toLocaleString('en')} MB`
}
