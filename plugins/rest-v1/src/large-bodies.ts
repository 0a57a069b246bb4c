import { fail, type HttpRequest } from '@waqtor/contracts'

/** What every request may send, however much there is of others. */
const SMALL_BYTES = 1_000_000

/**
 * Reads bodies that may be large as a whole, and holds all of those under way to a limit together: a client may take hours
 * over one, and many of them would fill the memory.
 */
export class LargeBodies {
  readonly #limitBytes: number
  readonly #togetherBytes: number
  #heldBytes = 0

  /**
   * @param limitBytes for one
   * @param togetherBytes for all that are being read
   */
  constructor(limitBytes: number, togetherBytes = 4 * limitBytes) {
    this.#limitBytes = limitBytes
    this.#togetherBytes = togetherBytes
  }

  /** @throws WaqtorError WAQ_BODY_TOO_LARGE (413), WAQ_RATE_LIMITED (429) when too much arrives at once */
  async read(http: Pick<HttpRequest, 'stream'>): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let size = 0
    try {
      for await (const chunk of http.stream(this.#limitBytes)) {
        chunks.push(chunk)
        size += chunk.length
        this.#heldBytes += chunk.length
        if (size > SMALL_BYTES && this.#heldBytes > this.#togetherBytes)
          throw fail('WAQ_RATE_LIMITED', 'too many large requests arrive at once', { retryAfter: 5 })
      }
      return Buffer.concat(chunks, size)
    } finally {
      this.#heldBytes -= size
    }
  }
}
