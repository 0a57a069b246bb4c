import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** The longest line that is taken: a text of the greatest length, every character escaped, and some room. */
const LINE_LIMIT = 1_000_000
/** A peer that does not read what it is sent for so long is gone. */
const BACKLOG_LIMIT = 64 * 1_048_576

export interface FrameStreamEvents {
  frame(frame: unknown): void
  /** Once, whatever ended it. */
  closed(reason: string): void
}

/**
 * Frames on a stream: one JSON document a line. What is sent within one turn of the event loop goes out in one write,
 * which is what lets tens of thousands a second pass.
 */
export class FrameStream {
  readonly #stream: Duplex
  readonly #events: FrameStreamEvents
  #outgoing: string[] = []
  /** The beginning of a line whose end has not come yet. */
  #rest = ''
  #closed = false

  /** @param head what was read of the stream already */
  constructor(stream: Duplex, events: FrameStreamEvents, head: Buffer = Buffer.alloc(0)) {
    this.#stream = stream
    this.#events = events
    if (head.length > 0) stream.unshift(head)
    // A character may come in two pieces. The sockets of an HTTP server refuse to decode by themselves.
    const decoder = new StringDecoder('utf8')
    stream.on('data', (bytes: Buffer) => this.#read(decoder.write(bytes)))
    stream.on('error', (error) => this.#end(error.message))
    stream.on('close', () => this.#end('the connection was closed'))
    stream.on('end', () => this.close('the other side has closed the connection'))
  }

  send(frame: object): void {
    if (this.#closed) return
    if (this.#outgoing.push(JSON.stringify(frame)) === 1) setImmediate(() => this.#flush())
  }

  close(reason = 'closed'): void {
    this.#flush()
    this.#end(reason)
    this.#stream.destroy()
  }

  #flush(): void {
    if (this.#closed || this.#outgoing.length === 0) return
    const text = `${this.#outgoing.join('\n')}\n`
    this.#outgoing = []
    this.#stream.write(text)
    if (this.#stream.writableLength > BACKLOG_LIMIT) this.close('the other side does not read')
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (this.#closed) return
      const frame = parse(line)
      if (frame === undefined) {
        this.close('a line is not JSON')
        return
      }
      this.#events.frame(frame)
    }
    if (this.#rest.length > LINE_LIMIT) this.close('a line is too long')
  }

  #end(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#events.closed(reason)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
