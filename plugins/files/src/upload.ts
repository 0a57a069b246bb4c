import { type FileInfo, fail } from '@waqtor/contracts'
import { diskFault } from './disk.ts'
import type { PartFile } from './part-file.ts'

export interface UploadOptions {
  readonly fileId: string
  readonly filename: string
  readonly owner: string | null
  readonly keepMs: number
  readonly maxBytes: number
  readonly part: PartFile
  readonly now: () => number
  /** Writes a file down that lies at its place; afterwards everybody may see it. */
  readonly record: (upload: Upload, head: Uint8Array) => Promise<FileInfo>
  /** It is finished, or nothing is left of it. */
  readonly ended: () => void
}

/**
 * A file that is being handed in. What is asked of it happens one after another; a step that fails ends it and leaves
 * nothing behind, save one that came with a wrong offset.
 */
export class Upload {
  readonly fileId: string
  readonly filename: string
  readonly owner: string | null
  readonly keepMs: number
  /** When something was asked of it last. */
  touchedAt: number
  readonly #options: UploadOptions
  /** Where the last piece begins. */
  #last = 0
  /** What is said of it once it is finished or gone. */
  #ended: Error | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #finishing: Promise<FileInfo> | undefined

  constructor(options: UploadOptions) {
    this.fileId = options.fileId
    this.filename = options.filename
    this.owner = options.owner
    this.keepMs = options.keepMs
    this.touchedAt = options.now()
    this.#options = options
  }

  get bytes(): number {
    return this.#options.part.bytes
  }

  open(): Promise<void> {
    return this.#step(() => this.#options.part.open())
  }

  /**
   * Adds a piece; answers how many bytes are there now.
   * @param offset how many bytes the caller believes to be there; where the last piece stands, the same one is no news
   * @throws WaqtorError WAQ_CONFLICT (409) with the offset that is right; WAQ_BODY_TOO_LARGE, WAQ_STORAGE_FULL end it
   */
  async append(chunk: Uint8Array, offset?: number): Promise<number> {
    const { part, maxBytes } = this.#options
    const there = await this.#step(async () => {
      if (offset !== undefined && offset !== part.bytes) {
        const repeated = offset === this.#last && offset + chunk.length === part.bytes
        return repeated && (await part.holds(chunk, offset)) ? undefined : part.bytes
      }
      if (part.bytes + chunk.length > maxBytes)
        throw fail('WAQ_BODY_TOO_LARGE', `the file is larger than ${maxBytes} bytes`)
      if (chunk.length > 0) this.#last = part.bytes
      await part.append(chunk)
      return undefined
    })
    if (there === undefined) return part.bytes
    const message = `the piece does not fit at ${offset}: ${there} bytes are there already`
    throw fail('WAQ_CONFLICT', message, { details: { offset: there } })
  }

  /** Asked twice, it answers the same. */
  finish(): Promise<FileInfo> {
    this.#finishing ??= this.#step(async () => {
      const { part, record, ended } = this.#options
      const head = await part.head()
      await part.seal()
      const info = await record(this, head)
      this.#ended = noUpload(this.fileId)
      ended()
      return info
    })
    return this.#finishing
  }

  /** Gives it up, unless it is finished; `why` is what others are told who still hand it in. */
  async abort(why = noUpload(this.fileId)): Promise<void> {
    await this.#inTurn(() => (this.#ended ? undefined : this.#drop(why)))
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    this.touchedAt = this.#options.now()
    return this.#inTurn(async () => {
      if (this.#ended) throw this.#ended
      try {
        return await work()
      } catch (error) {
        // Where even that fails, the sweep does it; what went wrong first is what there is to say.
        await this.#drop(noUpload(this.fileId)).catch(() => {})
        throw diskFault(error, 'the file cannot be stored')
      }
    })
  }

  async #drop(why: Error): Promise<void> {
    this.#ended = why
    try {
      await this.#options.part.discard()
    } catch (error) {
      throw diskFault(error, 'a file that was given up cannot be deleted')
    } finally {
      this.#options.ended()
    }
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

export function noUpload(fileId: string): Error {
  return fail('WAQ_NOT_FOUND', `no file '${fileId}' is being handed in`)
}
