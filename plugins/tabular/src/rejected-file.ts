import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FileInfo, Files } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import type { BadRow } from './table.ts'
import { writeToFiles } from './to-files.ts'
import { writeRejected } from './write-rejected.ts'

/**
 * Collects what of a file could not be taken into a file of its own, as it comes: it is made with the first row, and however
 * many there are, few are in memory. Disposing of it before it is finished leaves no file behind.
 * @example await using rejected = new RejectedFile(files, { filename: 'rejected.csv', owner: call.principal })
 */
export class RejectedFile implements AsyncDisposable {
  readonly #files: Files | undefined
  readonly #file: { readonly filename: string; readonly owner: Principal | null }
  #rows: PassThrough | undefined
  #written: Promise<FileInfo> | undefined

  /** @param files without them nothing is kept */
  constructor(files: Files | undefined, file: { readonly filename: string; readonly owner: Principal | null }) {
    this.#files = files
    this.#file = file
  }

  async add(columns: readonly string[], rows: readonly BadRow[]): Promise<void> {
    if (!this.#files || rows.length === 0) return
    this.#rows ??= this.#begin(this.#files, columns)
    const queue = this.#rows
    for (const it of rows) if (!queue.write(it)) await Promise.race([once(queue, 'drain'), this.#written])
  }

  /** Answers the file; nothing when every row could be taken. */
  async finish(): Promise<FileInfo | undefined> {
    this.#rows?.end()
    return this.#written
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#rows?.writableEnded) this.#rows?.destroy(new Error('the file was given up'))
    await this.#written?.catch(() => {})
  }

  #begin(files: Files, columns: readonly string[]): PassThrough {
    const rows = new PassThrough({ objectMode: true })
    // Whoever adds or finishes hears of it from `#written`; a stream with nobody to hear it would end the process.
    rows.on('error', () => {})
    this.#written = writeToFiles(files, this.#file, (to) => writeRejected(to, columns, rows))
    this.#written.catch((error) => rows.destroy(error))
    return rows
  }
}
