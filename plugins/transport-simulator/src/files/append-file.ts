import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * A file of lines that only grows. An append is all or nothing as far as the process is concerned: what a full disk cuts
 * off is taken back. It is with the operating system when `append` returns, so a killed process loses none of it.
 */
export class AppendFile {
  readonly path: string
  #descriptor: number | undefined
  #size = 0

  constructor(path: string) {
    this.path = path
  }

  /** @throws what the system says, and then nothing was written */
  append(lines: readonly string[]): void {
    if (lines.length === 0) return
    const descriptor = this.#open()
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    } catch (error) {
      ftruncateSync(descriptor, this.#size)
      throw error
    }
    this.#size += bytes.length
  }

  /** Opens the file now, to learn now that it cannot be opened. */
  check(): void {
    this.#open()
  }

  /** Lets go of the file; the next append opens it again. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #open(): number {
    if (this.#descriptor !== undefined) return this.#descriptor
    makeDirectory(dirname(this.path))
    const descriptor = openSync(this.path, 'a+', 0o600)
    this.#descriptor = descriptor
    this.#size = fstatSync(descriptor).size
    if (this.#size > 0 && !endsWithLineFeed(descriptor, this.#size)) {
      // A power cut may leave half a line: it gets a line of its own.
      this.#size += writeSync(descriptor, '\n')
    }
    return descriptor
  }
}

function endsWithLineFeed(descriptor: number, size: number): boolean {
  const last = Buffer.alloc(1)
  readSync(descriptor, last, 0, 1, size - 1)
  return last[0] === 0x0a
}

/** One level only: a directory whose parent is gone was deleted on purpose and does not come back. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
