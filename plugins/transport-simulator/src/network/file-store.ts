/** The bytes of files, by their hash. When there are too many, the oldest go: such a file cannot be had any more. */
export class FileStore {
  readonly #limit: number
  readonly #files = new Map<string, Uint8Array>()
  #bytes = 0

  /** @param limit bytes of all files together */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(sha256: string): Uint8Array | undefined {
    return this.#files.get(sha256)
  }

  put(sha256: string, data: Uint8Array): void {
    if (this.#files.has(sha256)) return
    this.#files.set(sha256, data)
    this.#bytes += data.byteLength
    for (const [oldest, { byteLength }] of this.#files) {
      if (this.#bytes <= this.#limit) break
      this.#files.delete(oldest)
      this.#bytes -= byteLength
    }
  }
}
