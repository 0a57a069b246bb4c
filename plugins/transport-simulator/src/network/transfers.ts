import { mediaHash } from '@waqtor/contracts'
import type { FileStore } from './file-store.ts'
import { messageIn } from './marks.ts'
import { failed, type Operation, type Outcome, PIECE_BYTES } from './operations.ts'
import type { Phone } from './phone.ts'

/** Uploads that are not whole yet are forgotten when there are more. */
const MOST_UPLOADS = 100

/** Files on their way to the network and back, piece by piece. */
export class Transfers {
  readonly #files: FileStore
  readonly #uploads = new Map<string, Buffer[]>()

  constructor(files: FileStore) {
    this.#files = files
  }

  /** Several may bring the same file at the same time: whoever brings a piece first, the others need not. */
  upload({ sha256, offset, data, last }: Extract<Operation, { do: 'upload' }>): Outcome {
    if (this.#files.get(sha256)) return { ok: null }
    const pieces = this.#uploads.get(sha256) ?? []
    const bytes = pieces.reduce((sum, it) => sum + it.byteLength, 0)
    if (offset > bytes) return failed('refused', 'the beginning of the file is not there')
    if (offset < bytes) return { ok: null }
    pieces.push(Buffer.from(data, 'base64'))
    this.#uploads.delete(sha256)
    if (!last) {
      this.#uploads.set(sha256, pieces)
      const [oldest] = this.#uploads.keys()
      if (this.#uploads.size > MOST_UPLOADS && oldest !== undefined) this.#uploads.delete(oldest)
      return { ok: null }
    }
    const whole = Buffer.concat(pieces)
    if (mediaHash(whole) !== sha256) return failed('refused', 'the file came in damaged')
    this.#files.put(sha256, whole)
    return { ok: null }
  }

  download({ book }: Phone, { messageId, maxBytes, offset }: Extract<Operation, { do: 'download' }>): Outcome {
    const message = messageIn(book, messageId)?.message
    const file = message?.deleted ? null : message?.file
    const data = file && this.#files.get(file.sha256)
    if (!file || !data) return { ok: null }
    const { mimeType, filename = null, bytes } = file
    if (bytes > maxBytes) return failed('refused', `the file has ${bytes} bytes, which is more than ${maxBytes}`)
    const piece = Buffer.from(data.subarray(offset, offset + PIECE_BYTES)).toString('base64')
    return { ok: { mimeType, filename, bytes, data: piece } }
  }
}
