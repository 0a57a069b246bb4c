import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from '@waqtor/kernel'

const Link = z.object({ pairing: z.string() })

/** Where all of the simulator's files of one account are. */
export function simulatorDirectory(instanceDirectory: string): string {
  return join(instanceDirectory, 'simulator')
}

/** What an account remembers of its pairing: the counterpart of the session files of a real page. */
export class LinkFile {
  readonly #path: string

  constructor(instanceDirectory: string) {
    this.#path = join(simulatorDirectory(instanceDirectory), 'link.json')
  }

  /** Null when the account was never linked, or the file is no use any more: then it is linked anew. */
  read(): string | null {
    const link = Link.safeParse(readJson(this.#path))
    return link.success ? link.data.pairing : null
  }

  write(pairing: string): void {
    writeJson(this.#path, { pairing })
  }

  remove(): void {
    rmSync(this.#path, { force: true })
  }
}

/** Undefined for a file that is absent or not JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Replaces the whole file at once; it is on the disk when this returns. */
export function writeJson(path: string, value: unknown): void {
  const directory = dirname(path)
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 })
  const draft = `${path}.new`
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true })
  renameSync(draft, path)
  // Names are written to the disk with their directory: without this a power cut may take back the rename, or the directory.
  syncDirectory(directory)
  if (made !== undefined) syncDirectory(dirname(made))
}

function syncDirectory(path: string): void {
  // Windows cannot open a directory; its journal keeps the order by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
