import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, open, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { DataFile } from 'lowdb/node'

/** What one JSON file says, read anew when somebody changed it. Changes come one after another. */
export class SettingsFile {
  readonly name: string
  readonly path: string
  readonly #adapter: DataFile<unknown>
  /** What was read last, and how the file looked then. */
  #known: { readonly stamp: string; readonly value: unknown } | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(name: string, path: string) {
    this.name = name
    this.path = path
    this.#adapter = new DataFile<unknown>(path, {
      // Some editors put a byte order mark in front, which is no JSON.
      parse: (text) => JSON.parse(text.replace(/^\uFEFF/, '')) as unknown,
      stringify: (value) => `${JSON.stringify(value, null, 2)}\n`,
    })
  }

  /**
   * @returns a copy; undefined when there is no file
   * @throws WaqtorError WAQ_SETTINGS_INVALID when it is no JSON
   */
  async read(): Promise<unknown> {
    const stamp = await this.#stamp()
    if (stamp === undefined) return undefined
    // What is read may be newer than the stamp, never older: then the next read notices a change that it has seen already.
    if (this.#known?.stamp !== stamp) this.#known = { stamp, value: await this.#parse() }
    return structuredClone(this.#known.value)
  }

  /** Runs after every change that was asked for before. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task)
    this.#queue = turn.catch(() => {})
    return turn
  }

  /** Replaces the file in one step, so that nobody ever reads half of it, and waits until the disk has it. */
  async write(value: unknown): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      await this.#adapter.write(value)
      await chmod(this.path, 0o600)
      const handle = await open(this.path, 'r+')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    } catch (error) {
      await rm(join(dirname(this.path), `.${basename(this.path)}.tmp`), { force: true }).catch(() => {})
      throw this.#failed('written', error)
    }
  }

  /** Copies the file as it is, whatever it says, into another directory. */
  async copy(to: string): Promise<void> {
    const copy = join(to, basename(this.path))
    try {
      await copyFile(this.path, copy, constants.COPYFILE_EXCL)
      await chmod(copy, 0o600)
    } catch (error) {
      throw this.#failed('copied', error)
    }
  }

  /** Waits for the changes that were asked for. */
  async settled(): Promise<void> {
    await this.#queue
  }

  async #parse(): Promise<unknown> {
    try {
      return await this.#adapter.read()
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw this.#failed('read', error)
      throw fail('WAQ_SETTINGS_INVALID', `the settings '${this.name}' (${this.path}) are no JSON: ${error.message}`, {
        cause: error,
      })
    }
  }

  async #stamp(): Promise<string | undefined> {
    try {
      const { mtimeNs, size, ino } = await stat(this.path, { bigint: true })
      return `${mtimeNs} ${size} ${ino}`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.#failed('read', error)
    }
  }

  #failed(what: 'read' | 'written' | 'copied', error: unknown): Error {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    return fail(
      full ? 'WAQ_STORAGE_FULL' : 'WAQ_STORAGE_FAILED',
      `the settings '${this.name}' (${this.path}) cannot be ${what}: ${messageOf(error)}`,
      { cause: error },
    )
  }
}
