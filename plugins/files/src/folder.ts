import { chmod, mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { diskFault, diskFull } from './disk.ts'

const PART = '.part'

/** The directory in which files lie: `<id>`, and `<id>.part` while one is written. */
export class Folder {
  readonly path: string
  readonly #reserveBytes: number

  /** @param reserveBytes what is left free on the disk: the databases need it to go on */
  constructor(path: string, reserveBytes: number) {
    this.path = path
    this.#reserveBytes = reserveBytes
  }

  async prepare(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    await chmod(this.path, 0o700)
  }

  pathOf(fileId: string): string {
    return join(this.path, fileId)
  }

  partOf(fileId: string): string {
    return join(this.path, fileId + PART)
  }

  /** Every name in it, with the id of the file that it belongs to. */
  async entries(): Promise<readonly { readonly name: string; readonly fileId: string }[]> {
    const names = await readdir(this.path)
    return names.map((name) => ({ name, fileId: name.endsWith(PART) ? name.slice(0, -PART.length) : name }))
  }

  /** @throws WaqtorError WAQ_STORAGE_FULL when `bytes` more would take what others need */
  async demandRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path)
    if (bavail * bsize - bytes < this.#reserveBytes) throw diskFull('the file cannot be stored')
  }

  async remove(name: string): Promise<void> {
    try {
      await rm(join(this.path, name), { recursive: true, force: true })
    } catch (error) {
      throw diskFault(error, `'${name}' cannot be deleted`)
    }
  }
}
