import { open } from 'node:fs/promises'
import { type FileInfo, type Files, type FileWriter, fail } from '@waqtor/contracts'
import type { Principal, z } from '@waqtor/kernel'
import { contentTypeOf } from './content-type.ts'
import type { listFiles, readFile } from './contract.ts'
import { diskFault } from './disk.ts'
import type { Folder } from './folder.ts'
import { mayUse, seesAll } from './owner.ts'
import type { FileRecord, FileStore } from './store.ts'
import type { Upload } from './upload.ts'
import { Uploads } from './uploads.ts'

/** Comes after every id. */
const BEYOND_ALL = '~'

export interface StoredFilesOptions {
  readonly store: FileStore
  readonly folder: Folder
  readonly maxBytes: number
  readonly keepMs: number
  readonly now?: () => number
}

/** The files: rows and what lies in the folder, changed together. */
export class StoredFiles implements Files {
  readonly uploads: Uploads
  readonly #store: FileStore
  readonly #folder: Folder
  readonly #keepMs: number
  readonly #now: () => number

  constructor({ store, folder, maxBytes, keepMs, now = Date.now }: StoredFilesOptions) {
    this.#store = store
    this.#folder = folder
    this.#keepMs = keepMs
    this.#now = now
    this.uploads = new Uploads({ folder, maxBytes, now, record: (upload, head) => this.#record(upload, head) })
  }

  /** Begins to take a file; its pieces come one by one. */
  begin(filename: string, owner: Principal | null, keepMs = this.#keepMs): Promise<Upload> {
    return this.uploads.begin(filename, owner, keepMs)
  }

  async create({ filename, owner, keepMs }: Parameters<Files['create']>[0]): Promise<FileWriter> {
    const upload = await this.begin(filename, owner, keepMs)
    return {
      async write(chunk) {
        await upload.append(chunk)
      },
      finish: () => upload.finish(),
      abort: () => upload.abort(),
    }
  }

  /** Finishes what is being handed in, or answers what was finished already. */
  async finish(fileId: string, principal: Principal | null): Promise<FileInfo> {
    const upload = this.uploads.find(fileId, principal)
    return upload ? upload.finish() : this.get(fileId, principal)
  }

  async get(fileId: string, principal: Principal | null): Promise<FileInfo> {
    return shown(await this.#within(fileId, principal))
  }

  async open(fileId: string, principal: Principal | null): Promise<FileInfo & { readonly path: string }> {
    return { ...(await this.get(fileId, principal)), path: this.#folder.pathOf(fileId) }
  }

  async list(principal: Principal, { cursor, limit }: z.output<typeof listFiles.input>) {
    const owner = seesAll(principal) ? undefined : principal.id
    const records = await this.#store.page(owner, cursor ?? BEYOND_ALL, limit, this.#now())
    return {
      items: records.map(shown),
      nextCursor: records.length === limit ? records.at(-1)!.fileId : null,
    }
  }

  /** A piece of the content. */
  async read({ fileId, offset, length }: z.output<typeof readFile.input>, principal: Principal | null) {
    const { path, bytes: size } = await this.open(fileId, principal)
    const wanted = Math.max(0, Math.min(length, size - offset))
    const data = Buffer.alloc(wanted)
    try {
      await using handle = await open(path, 'r')
      await handle.read(data, 0, wanted, offset)
    } catch (error) {
      throw goneOr(error, fileId)
    }
    return { data: data.toString('base64'), bytes: wanted, end: offset + wanted >= size }
  }

  async keep(fileId: string): Promise<void> {
    if (!(await this.#store.keep(fileId, this.#now()))) throw noFile(fileId)
  }

  /** The row goes first: what lies in the folder without one is swept away, should nobody get to it now. */
  async remove(fileId: string): Promise<void> {
    // Only what has a row is ours to delete: an id may come from anywhere.
    if ((await this.#store.remove([fileId])) > 0) await this.#folder.remove(fileId)
  }

  /** Deletes a finished file, or gives up one that is being handed in. */
  async delete(fileId: string, principal: Principal | null): Promise<void> {
    const upload = this.uploads.find(fileId, principal)
    await upload?.abort()
    // It may have been finished just now; one that was given up is nowhere.
    if (!upload || (await this.#store.get(fileId, this.#now()))) await this.#within(fileId, principal)
    await this.remove(fileId)
  }

  async #record({ fileId, filename, owner, keepMs, bytes }: Upload, head: Uint8Array): Promise<FileInfo> {
    const createdAt = this.#now()
    const contentType = await contentTypeOf(head, filename)
    const record = { fileId, filename, contentType, bytes, owner, createdAt, expiresAt: createdAt + keepMs }
    await this.#store.add(record)
    return shown(record)
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, also for a file that is out of the caller's reach */
  async #within(fileId: string, principal: Principal | null): Promise<FileRecord> {
    const record = await this.#store.get(fileId, this.#now())
    if (!record || !mayUse(principal, record.owner)) throw noFile(fileId)
    return record
  }
}

function shown({ owner: _, ...info }: FileRecord): FileInfo {
  return info
}

function noFile(fileId: string): Error {
  return fail('WAQ_NOT_FOUND', `there is no file '${fileId}'`)
}

/** It may be deleted between its row and its content. */
export function goneOr(error: unknown, fileId: string): Error {
  const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return gone ? noFile(fileId) : diskFault(error, `the file '${fileId}' cannot be read`)
}
