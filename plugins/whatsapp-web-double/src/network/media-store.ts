import { createHash } from 'node:crypto'

export interface StoredFile {
  readonly data: Uint8Array
  readonly mimeType: string
}

/** Files that pages and phones have put into the network, by path. */
export class MediaStore {
  readonly #files = new Map<string, StoredFile>()

  put(path: string, file: StoredFile): void {
    this.#files.set(path, file)
  }

  get(path: string | undefined): StoredFile | undefined {
    return path === undefined ? undefined : this.#files.get(path)
  }

  /** @returns what a message says of the file */
  add(file: StoredFile): { readonly directPath: string; readonly filehash: string; readonly size: number } {
    const filehash = createHash('sha256').update(file.data).digest('base64')
    const directPath = `/media/${Buffer.from(filehash, 'base64').toString('base64url')}`
    this.put(directPath, file)
    return { directPath, filehash, size: file.data.byteLength }
  }
}
