import type { CompatibleExecute } from '@waqtor/contracts'
import { type KernelView, systemPrincipal, type z } from '@waqtor/kernel'
import type * as files from '@waqtor/plugin-files/contract'
import type { FormFile } from './multipart.ts'

export type StoredFile = z.output<typeof files.finishFile.output>

/** As much as one call of `files.append` takes with some room. */
const PIECE_BYTES = 384_000

/** Hands files in by the commands of whoever stores files, on behalf of the caller. */
export class Uploads {
  readonly #kernel: KernelView

  constructor(kernel: KernelView) {
    this.#kernel = kernel
  }

  /** Stores a file while it arrives. Nothing is left of one that does not come to its end. */
  async store({ filename, content }: FormFile, execute: CompatibleExecute): Promise<StoredFile> {
    const { fileId } = await execute<typeof files.createFile>('files.create', { filename: filename.slice(0, 1_000) })
    try {
      let offset = 0
      for await (const piece of pieces(content, PIECE_BYTES)) {
        const append = { fileId, offset, data: piece.toString('base64') }
        offset = (await execute<typeof files.appendToFile>('files.append', append)).bytes
      }
      return await execute<typeof files.finishFile>('files.finish', { fileId })
    } catch (error) {
      await this.discard(fileId)
      throw error
    }
  }

  /** Deletes a file on our own account: the caller may have gone away, and the files plugin sweeps what is left. */
  async discard(fileId: string): Promise<void> {
    await this.#kernel.commands.execute('files.delete', { fileId }, { principal: systemPrincipal }).catch(() => {})
  }
}

/** The same bytes in pieces of one size, but for the last. */
export async function* pieces(content: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const chunk of content) {
    waiting.push(chunk)
    size += chunk.length
    if (size < bytes) continue
    let whole = Buffer.concat(waiting)
    for (; whole.length >= bytes; whole = whole.subarray(bytes)) yield whole.subarray(0, bytes)
    waiting = [whole]
    size = whole.length
  }
  if (size > 0) yield Buffer.concat(waiting)
}
