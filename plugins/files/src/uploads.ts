import { fail } from '@waqtor/contracts'
import { newId, type Principal, WaqtorError } from '@waqtor/kernel'
import { showableName } from './filename.ts'
import type { Folder } from './folder.ts'
import { mayUse } from './owner.ts'
import { PartFile } from './part-file.ts'
import { noUpload, Upload, type UploadOptions } from './upload.ts'

/** Each holds a file of the process open. */
const MOST_PER_OWNER = 20

export type UploadsOptions = Pick<UploadOptions, 'maxBytes' | 'now' | 'record'> & { readonly folder: Folder }

/** All files that are being handed in. They live as long as the process: what a crash leaves of them is swept away. */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #open = new Map<string, Upload>()
  #closed = false

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  get fileIds(): readonly string[] {
    return [...this.#open.keys()]
  }

  async begin(filename: string, owner: Principal | null, keepMs: number): Promise<Upload> {
    if (this.#closed) throw closed()
    const held = [...this.#open.values()].filter((it) => owner !== null && it.owner === owner.id).length
    if (held >= MOST_PER_OWNER)
      throw fail('WAQ_RATE_LIMITED', `${MOST_PER_OWNER} files are being handed in: finish or delete one first`, {
        retryAfter: 60,
      })
    const fileId = newId('file')
    const upload = new Upload({
      ...this.#options,
      fileId,
      filename: showableName(filename),
      owner: owner?.id ?? null,
      keepMs,
      part: new PartFile(this.#options.folder, fileId),
      ended: () => this.#open.delete(fileId),
    })
    // Known before it lies in the folder, so that it is not taken for something that was left over.
    this.#open.set(fileId, upload)
    await upload.open()
    return upload
  }

  /** Undefined also for one of somebody else. */
  find(fileId: string, principal: Principal | null): Upload | undefined {
    const upload = this.#open.get(fileId)
    return upload && mayUse(principal, upload.owner) ? upload : undefined
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  demand(fileId: string, principal: Principal | null): Upload {
    const upload = this.find(fileId, principal)
    if (!upload) throw noUpload(fileId)
    return upload
  }

  /** Gives up those of which nothing was heard since `time`. */
  async dropIdle(time: number): Promise<void> {
    await Promise.all([...this.#open.values()].filter((it) => it.touchedAt < time).map((it) => it.abort()))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#open.values()].map((it) => it.abort(closed())))
  }
}

function closed(): Error {
  return new WaqtorError('WAQ_CLOSED', 'no files are taken any more', { retryAfter: 1 })
}
