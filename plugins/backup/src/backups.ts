import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BackupFile,
  type BackupManifest,
  type Database,
  fail,
  type Instances,
  type Settings,
} from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf } from '@waqtor/kernel'
import {
  differenceIn,
  makePrivate,
  readManifest,
  removeBackup,
  removeParts,
  syncDirectory,
  writeManifest,
} from './backup-folder.ts'
import type { Backup, ListedBackup } from './contract.ts'
import { fingerprint } from './fingerprint.ts'
import { isDrawn, nameOf, partOf } from './names.ts'
import { demandRoom, isThere } from './room.ts'

interface Sources {
  readonly database: Database
  readonly instances?: Instances | undefined
  readonly settings?: Settings | undefined
}

interface BackupsOptions {
  /** Absolute path of the directory in which they lie. */
  readonly directory: string
  readonly keep: number
  readonly version: string
  readonly log: Logger
}

/** The backups in a directory: made, listed, and deleted when they are too many. */
export class Backups {
  readonly #sources: Sources
  readonly #options: BackupsOptions
  #busy = false

  constructor(sources: Sources, options: BackupsOptions) {
    this.#sources = sources
    this.#options = options
  }

  /**
   * @param given what the caller wants it to be called; the time otherwise
   * @param signal ends it before the next file
   * @throws WaqtorError WAQ_CONFLICT, WAQ_STORAGE_FULL, WAQ_STORAGE_FAILED; nothing is left then
   */
  async make(given: string | undefined, signal: AbortSignal): Promise<Backup> {
    // Two at once would only fill the disk, and each would take the other's half for one that a crash has left.
    if (this.#busy) throw fail('WAQ_CONFLICT', 'a backup is being made already')
    this.#busy = true
    try {
      return await this.#make(given, signal)
    } catch (error) {
      throw isWaqtorError(error) || signal.aborted ? error : this.#failed(error)
    } finally {
      this.#busy = false
    }
  }

  /** Newest first; what cannot be restored, and why, is among them. */
  async list({ verify }: { readonly verify: boolean }): Promise<ListedBackup[]> {
    const items: ListedBackup[] = []
    for (const name of await this.#names()) items.push(await this.#describe(name, verify))
    return items.sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0) || (a.name < b.name ? 1 : -1))
  }

  async #make(given: string | undefined, signal: AbortSignal): Promise<Backup> {
    const { directory, version, log } = this.#options
    const createdAt = Date.now()
    const name = given ?? nameOf(createdAt)
    const path = join(directory, name)
    if (existsSync(path)) throw fail('WAQ_CONFLICT', `there is a backup '${name}' already; choose another name`)
    await makePrivate(directory)
    await removeParts(directory, name)
    const part = partOf(path)
    const names = ['host', ...(this.#sources.instances?.ids() ?? [])]
    await demandRoom(this.#sources, names, directory)
    let files: BackupFile[]
    try {
      await mkdir(part, { mode: 0o700 })
      files = [...(await this.#copyDatabases(names, part, signal)), ...(await this.#copySettings(part))]
      await writeManifest(part, { format: 'waqtor-backup-1', version, createdAt, files })
      signal.throwIfAborted()
      await rename(part, path)
      await syncDirectory(directory)
    } catch (error) {
      await rm(part, { recursive: true, force: true })
      throw error
    }
    const bytes = files.reduce((sum, it) => sum + it.bytes, 0)
    log.info('made a backup', { path, files: files.length, bytes, ms: Date.now() - createdAt })
    await this.#forgetOld(name)
    return { name, path, files: files.length, bytes }
  }

  /**
   * The host's file first. Its readers of the instances' logs are then behind what the copies of those hold, never ahead:
   * after a restore they go on from where they were.
   */
  async #copyDatabases(names: readonly string[], to: string, signal: AbortSignal): Promise<BackupFile[]> {
    const { database, instances } = this.#sources
    const files: BackupFile[] = []
    for (const name of names) {
      signal.throwIfAborted()
      if (!isThere(name, instances)) continue
      const folder = name === 'host' ? '' : `instances/${name}/`
      await mkdir(join(to, folder), { recursive: true, mode: 0o700 })
      const file = name === 'host' ? 'host.db' : `${folder}waqtor.db`
      await database.backup(name, join(to, file))
      files.push({ name: file, ...(await fingerprint(join(to, file), { sync: true })), integrity: 'ok' })
    }
    return files
  }

  async #copySettings(to: string): Promise<BackupFile[]> {
    const { settings } = this.#sources
    if (!settings) return []
    const folder = join(to, 'settings')
    await mkdir(folder, { mode: 0o700 })
    const files: BackupFile[] = []
    for (const it of await settings.backup(folder))
      files.push({ name: `settings/${it}`, ...(await fingerprint(join(folder, it), { sync: true })), integrity: null })
    return files
  }

  async #forgetOld(made: string): Promise<void> {
    const { directory, keep, log } = this.#options
    try {
      const drawn = (await this.#names()).filter((it) => isDrawn(it) && it !== made).sort()
      // The one just made counts as the newest, whatever the clock said when the others were made.
      for (const name of drawn.slice(0, Math.max(0, drawn.length - keep + 1))) {
        await removeBackup(join(directory, name))
        log.info('deleted an old backup', { name })
      }
    } catch (error) {
      log.warn('old backups could not be deleted', { problem: messageOf(error) })
    }
  }

  async #describe(name: string, verify: boolean): Promise<ListedBackup> {
    const path = join(this.#options.directory, name)
    let manifest: BackupManifest
    try {
      manifest = await readManifest(path)
    } catch (error) {
      const unknown = { createdAt: null, version: null, files: 0, bytes: 0 }
      return { name, path, ...unknown, verified: verify ? false : null, problem: messageOf(error) }
    }
    const { files, createdAt, version } = manifest
    const bytes = files.reduce((sum, it) => sum + it.bytes, 0)
    const problem = verify ? ((await differenceIn(path, manifest)) ?? null) : null
    const verified = verify ? problem === null : null
    return { name, path, createdAt, version, files: files.length, bytes, verified, problem }
  }

  async #names(): Promise<string[]> {
    const { directory } = this.#options
    if (!existsSync(directory)) return []
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter((it) => it.isDirectory() && !it.name.endsWith(partOf(''))).map((it) => it.name)
  }

  #failed(error: unknown): Error {
    const { directory } = this.#options
    const { code } = error as NodeJS.ErrnoException
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    return fail(
      full ? 'WAQ_STORAGE_FULL' : 'WAQ_STORAGE_FAILED',
      `no backup was made in '${directory}': ${full ? 'the disk is full' : messageOf(error)}`,
      { cause: error },
    )
  }
}
