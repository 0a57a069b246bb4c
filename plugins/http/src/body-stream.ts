import type { Socket } from 'node:net'
import { isWaqtorError } from '@waqtor/kernel'
import { announcesTooMuch, brokeOff, type Incoming, tooLarge } from './body.ts'
import { refuse } from './refuse.ts'

/** Beyond the time that any request has, a body must have come at this pace: one kilobyte a second. */
const SLOWEST_BYTES_PER_MS = 1

/**
 * Bodies that are read as they arrive. They may take longer than the server's limit for a request, which measures the
 * whole of it: instead they have to keep a pace, so that nobody holds a connection, and what it fills, for nothing.
 */
export class BodyStreams {
  readonly #requestTimeoutMs: number
  readonly #open = new Set<Socket>()

  constructor(requestTimeoutMs: number) {
    this.#requestTimeoutMs = requestTimeoutMs
  }

  /** True while a body is read from this connection. */
  isOpen(socket: Socket): boolean {
    return this.#open.has(socket)
  }

  /**
   * The body in pieces; the connection is not read any further than they are taken.
   * @throws WaqtorError WAQ_BODY_TOO_LARGE (413), WAQ_REQUEST_TIMEOUT (408), WAQ_REQUEST_INVALID when it breaks off
   */
  async *read(incoming: Incoming, limit: number): AsyncGenerator<Uint8Array> {
    if (announcesTooMuch(incoming, limit)) throw tooLarge(limit)
    if (incoming.destroyed) throw brokeOff()
    const { socket } = incoming
    const started = performance.now()
    let size = 0
    this.#open.add(socket)
    incoming.askFor?.()
    try {
      // The answer goes out on the same connection, so leaving early must not end it.
      for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > limit) throw tooLarge(limit)
        const late = performance.now() - started - this.#requestTimeoutMs
        if (late > 0 && size < late * SLOWEST_BYTES_PER_MS)
          throw refuse('WAQ_REQUEST_TIMEOUT', 'the body comes too slowly')
        yield chunk
      }
    } catch (error) {
      throw isWaqtorError(error) ? error : brokeOff(error)
    } finally {
      this.#open.delete(socket)
    }
  }
}
