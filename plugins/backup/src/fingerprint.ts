import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** What a file is compared by. */
export interface Fingerprint {
  readonly bytes: number
  readonly sha256: string
}

/** Reads a file to its end. With `sync`, waits besides until the disk has it. Never for a database that is open. */
export async function fingerprint(path: string, { sync = false } = {}): Promise<Fingerprint> {
  const hash = createHash('sha256')
  let bytes = 0
  await using file = await open(path, sync ? 'r+' : 'r')
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  if (sync) await file.sync()
  return { bytes, sha256: hash.digest('hex') }
}
