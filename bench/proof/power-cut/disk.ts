import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Chance } from '../kit/chance.ts'
import { readRecord } from './record.ts'

/** What was done to a file and may not have reached the disk. */
type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly size: number }

/** One file, whatever its name is at the moment. */
class File {
  readonly #synced: Content
  #pending: Change[] = []

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#synced = new Content(bytes)
  }

  change(change: Change): void {
    this.#pending.push(change)
  }

  sync(): void {
    for (const it of this.#pending) this.#synced.apply(it)
    this.#pending = []
  }

  /** The power goes: of what was not synced, each sector arrived or did not, in a share that differs from cut to cut. */
  cut(chance: Chance): Buffer {
    const share = [0, 0.2, 0.5, 0.9, 1][chance.between(0, 4)]!
    for (const change of this.#pending) {
      if ('size' in change) {
        if (chance.happens(share)) this.#synced.apply(change)
        continue
      }
      for (const sector of sectors(change.offset, change.bytes)) if (chance.happens(share)) this.#synced.apply(sector)
    }
    return this.#synced.bytes()
  }
}

/** Bytes that grow at their end without being copied each time. */
class Content {
  #buffer: Buffer
  #size: number

  constructor(bytes: Buffer) {
    this.#buffer = Buffer.from(bytes)
    this.#size = bytes.length
  }

  apply(change: Change): void {
    if ('size' in change) {
      this.#reach(change.size)
      // What lay behind the cut must not come back when the file grows again.
      this.#buffer.fill(0, change.size)
      this.#size = change.size
    } else {
      this.#reach(change.offset + change.bytes.length)
      change.bytes.copy(this.#buffer, change.offset)
      this.#size = Math.max(this.#size, change.offset + change.bytes.length)
    }
  }

  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#size))
  }

  #reach(size: number): void {
    if (size <= this.#buffer.length) return
    const larger = Buffer.alloc(Math.max(size, this.#buffer.length * 2))
    this.#buffer.copy(larger)
    this.#buffer = larger
  }
}

const SECTOR = 512

function* sectors(offset: number, bytes: Buffer): Iterable<Change> {
  for (let done = 0; done < bytes.length; ) {
    const size = Math.min(SECTOR - ((offset + done) % SECTOR), bytes.length - done)
    yield { offset: offset + done, bytes: bytes.subarray(done, done + size) }
    done += size
  }
}

/** A change of names that lasts once its directory was synced. */
interface Naming {
  readonly directory: string
  readonly apply: (names: Map<string, File>) => void
}

/**
 * What a directory holds after a power cut: what was there at the start and all that was synced since, and of the rest a
 * part that chance decides. Files lose whole sectors of 512 bytes. Changes of names arrive in their order or not at all, as
 * the journal of a file system writes them; directories themselves are taken to last.
 * @param record what a process did, as record.c wrote it down
 */
export function afterPowerCut(start: ReadonlyMap<string, Buffer>, record: Buffer, chance: Chance): Map<string, Buffer> {
  const initial = [...start].map(([path, bytes]) => [path, new File(bytes)] as const)
  /** As the process saw them. */
  const live = new Map<string, File>(initial)
  /** As the disk has them. */
  const lasting = new Map<string, File>(initial)
  let pending: Naming[] = []
  const opened = new Map<number, File>()
  const directories = new Map<number, string>()
  const name = (path: string, apply: Naming['apply']) => {
    apply(live)
    pending.push({ directory: dirname(path), apply })
  }

  for (const it of readRecord(record)) {
    if (it.what === 'directory') directories.set(it.file, it.path)
    else if (it.what === 'open') {
      const known = live.get(it.path)
      const file = known ?? new File()
      if (!known) name(it.path, (names) => names.set(it.path, file))
      if (it.truncates) file.change({ size: 0 })
      opened.set(it.file, file)
    } else if (it.what === 'write') opened.get(it.file)!.change({ offset: it.offset, bytes: it.bytes })
    else if (it.what === 'truncate') opened.get(it.file)!.change({ size: it.size })
    else if (it.what === 'unlink') name(it.path, (names) => names.delete(it.path))
    else if (it.what === 'rename') {
      const file = live.get(it.from)!
      name(it.to, (names) => {
        names.delete(it.from)
        names.set(it.to, file)
      })
    } else {
      opened.get(it.file)?.sync()
      const directory = directories.get(it.file)
      if (directory === undefined) continue
      for (const naming of pending) if (naming.directory === directory) naming.apply(lasting)
      pending = pending.filter((naming) => naming.directory !== directory)
    }
  }

  for (const naming of pending.slice(0, chance.between(0, pending.length))) naming.apply(lasting)
  return new Map([...lasting].map(([path, file]) => [path, file.cut(chance)]))
}

/** Everything below a directory. What SQLite shares between processes in memory (-shm) is no file as far as a disk goes. */
export function readTree(directory: string): Map<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((it) => it.isFile() && !it.name.endsWith('-shm'))
  return new Map(files.map((it) => [join(it.parentPath, it.name), readFileSync(join(it.parentPath, it.name))]))
}

/** Makes a directory hold these files and no others. */
export function writeTree(directory: string, files: ReadonlyMap<string, Buffer>): void {
  rmSync(directory, { recursive: true, force: true })
  for (const [path, bytes] of files) {
    if (path.endsWith('-shm')) continue
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, bytes, { mode: 0o600 })
  }
}
