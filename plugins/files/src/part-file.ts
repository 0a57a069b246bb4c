import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { HEAD_BYTES } from './content-type.ts'
import { syncDirectory } from './disk.ts'
import type { Folder } from './folder.ts'

/** After so many bytes the room on the disk is looked at again. */
const BETWEEN_LOOKS = 4_000_000

/** The bytes of a file on their way in. One call at a time; whoever is told of an error calls `discard`. */
export class PartFile {
  readonly #folder: Folder
  readonly #fileId: string
  #handle: FileHandle | undefined
  #bytes = 0
  #nextLook = 0

  constructor(folder: Folder, fileId: string) {
    this.#folder = folder
    this.#fileId = fileId
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Never takes over what is there already. */
  async open(): Promise<void> {
    const { O_CREAT, O_EXCL, O_RDWR } = constants
    this.#handle = await open(this.#folder.partOf(this.#fileId), O_CREAT | O_EXCL | O_RDWR, 0o600)
  }

  async append(chunk: Uint8Array): Promise<void> {
    if (this.#bytes >= this.#nextLook) {
      await this.#folder.demandRoom(chunk.length)
      this.#nextLook = this.#bytes + BETWEEN_LOOKS
    }
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#open.write(chunk, done, chunk.length - done, this.#bytes + done)
      done += bytesWritten
    }
    this.#bytes += chunk.length
  }

  /** True when exactly these bytes stand at `offset`. */
  async holds(chunk: Uint8Array, offset: number): Promise<boolean> {
    const { buffer, bytesRead } = await this.#open.read(Buffer.alloc(chunk.length), 0, chunk.length, offset)
    return bytesRead === chunk.length && buffer.equals(chunk)
  }

  async head(): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#open.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  }

  /** Gives it its final name, once the disk has all of it. */
  async seal(): Promise<void> {
    await this.#open.sync()
    await this.#close()
    await rename(this.#folder.partOf(this.#fileId), this.#folder.pathOf(this.#fileId))
    await syncDirectory(this.#folder.path)
  }

  /** Leaves nothing behind, sealed or not. */
  async discard(): Promise<void> {
    await this.#close()
    await rm(this.#folder.partOf(this.#fileId), { force: true })
    await rm(this.#folder.pathOf(this.#fileId), { force: true })
  }

  get #open(): FileHandle {
    if (this.#handle) return this.#handle
    throw new Error(`the part of '${this.#fileId}' is not open`)
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}
