/** Files for sub-commands, over the commands of the files plugin. Runs in Node only, so the index leaves it out. */
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from '@waqtor/kernel'
import type { CliIo, CommandClient } from './cli.ts'
import { fail } from './fail.ts'
import { FileInfo } from './files.ts'

/** What one call carries. */
const CHUNK_BYTES = 512_000
const Begun = z.object({ fileId: z.string() })
const Piece = z.object({ data: z.string(), bytes: z.int(), end: z.boolean() })

export interface TransferOptions {
  /** Called after each piece. */
  readonly onProgress?: (bytes: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Hands in a file of this machine; nothing is kept of one that does not arrive whole.
 * @example const { fileId } = await uploadFile(client, io.resolvePath('people.csv'), { signal: io.signal })
 */
export async function uploadFile(
  client: CommandClient,
  path: string,
  { onProgress, signal }: TransferOptions = {},
): Promise<FileInfo> {
  const options = signal ? { signal } : {}
  await using handle = await open(path, 'r')
  const { size } = await handle.stat()
  const { fileId } = Begun.parse(await client.execute('files.create', { filename: basename(path) }, options))
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES)
    for (let offset = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset)
      if (bytesRead === 0) break
      const data = buffer.toString('base64', 0, bytesRead)
      await client.execute('files.append', { fileId, offset, data }, options)
      offset += bytesRead
      onProgress?.(offset, Math.max(size, offset))
    }
    return FileInfo.parse(await client.execute('files.finish', { fileId }, options))
  } catch (error) {
    // The server gives it up by itself after a while, so the first error is the one to tell.
    await client.execute('files.delete', { fileId }).catch(() => {})
    throw error
  }
}

/** Fetches a file to a path of this machine, in place of what lies there, once it has arrived whole. */
export async function downloadFile(
  client: CommandClient,
  fileId: string,
  path: string,
  { onProgress, signal }: TransferOptions = {},
): Promise<FileInfo> {
  const options = signal ? { signal } : {}
  const info = FileInfo.parse(await client.execute('files.get', { fileId }, options))
  const part = `${path}.${fileId}.part`
  try {
    await fetchInto(part, info)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return info

  async function fetchInto(part: string, { bytes }: FileInfo): Promise<void> {
    await using handle = await open(part, 'w', 0o600)
    for (let offset = 0, end = false; !end; ) {
      const input = { fileId, offset, length: CHUNK_BYTES }
      const piece = Piece.parse(await client.execute('files.read', input, options))
      const data = Buffer.from(piece.data, 'base64')
      if (data.length !== piece.bytes) throw fail('WAQ_CONFLICT', `the file '${fileId}' did not arrive whole`)
      await handle.writeFile(data)
      offset += data.length
      end = piece.end
      onProgress?.(offset, bytes)
    }
  }
}

/** What of a file could not be used, as an import answers it. */
export interface RejectedLines {
  /** The first of them. */
  readonly rejected: readonly { readonly line: number; readonly value: string; readonly reason: string }[]
  readonly rejectedCount: number
  /** All of them; `null` when there are none, or nothing keeps them. */
  readonly rejectedFileId: string | null
}

/** Bad lines shown on the screen; all of them go into the file. */
const shown = 10

/**
 * Says which lines of a file could not be used, and leaves all of them beside it, `people.errors.csv` for `people.csv`, to be
 * corrected and used again. What lies there already may have been corrected, so the next is `people.errors-2.csv`.
 * @param path of the file that was handed in
 */
export async function reportRejected(
  io: CliIo,
  client: CommandClient,
  path: string,
  { rejected, rejectedCount, rejectedFileId }: RejectedLines,
): Promise<void> {
  for (const { line, value, reason } of rejected.slice(0, shown))
    io.note(`  line ${line}: ${value || '(empty)'}: ${reason}`)
  const more = rejectedCount - Math.min(shown, rejected.length)
  const rest = more > 0 ? `  … and ${more} more` : ''
  if (rejectedFileId === null) {
    if (rest) io.note(rest)
    return
  }
  const errors = await reserveBeside(path)
  try {
    await downloadFile(client, rejectedFileId, errors, { signal: io.signal })
  } catch (error) {
    await rm(errors, { force: true })
    throw error
  }
  await client.execute('files.delete', { fileId: rejectedFileId })
  io.note(`${rest ? `${rest}; ` : '  '}all of them, to correct and use again: ${errors}`)
}

/** Takes a name that is free, by an empty file: between looking and writing somebody else could take it. */
async function reserveBeside(path: string): Promise<string> {
  const name = path.replace(/\.(csv|tsv|txt|xlsx|json|jsonl|ndjson)$/i, '').replace(/\.errors(-\d+)?$/, '')
  for (let n = 1; ; n++) {
    const errors = `${name}.errors${n === 1 ? '' : `-${n}`}.csv`
    try {
      await (await open(errors, 'wx', 0o600)).close()
      return errors
    } catch (error) {
      if (!isTaken(error)) throw error
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
