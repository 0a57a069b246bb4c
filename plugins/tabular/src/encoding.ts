import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1256'] as const
export type Encoding = (typeof encodings)[number]

/**
 * Finds out how a text file was saved: by its byte order mark, else UTF-8 when the whole of it is that, else Windows-1256
 * (what Excel writes on an Arabic Windows). Holds one piece of the file in memory.
 */
export async function detectEncoding(path: string): Promise<Encoding> {
  const check = new Utf8Check()
  for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
    if (check.empty) {
      if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
      if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
    }
    if (!check.accepts(bytes)) return 'windows-1256'
  }
  return check.complete ? 'utf-8' : 'windows-1256'
}

const pieceBytes = 256 * 1024

/** The text of a file, piece by piece. What is not of the encoding becomes U+FFFD. */
export async function* readText(path: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>)
    yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}

/** Whether pieces of bytes are UTF-8 when they are put together. */
export class Utf8Check {
  /** A character that the last piece only began. */
  #begun: Uint8Array = Buffer.alloc(0)
  #seen = false

  get empty(): boolean {
    return !this.#seen
  }

  get complete(): boolean {
    return this.#begun.length === 0
  }

  accepts(piece: Uint8Array): boolean {
    this.#seen = true
    const bytes = this.#begun.length > 0 ? Buffer.concat([this.#begun, piece]) : piece
    const whole = bytes.length - unfinished(bytes)
    // A copy: the stream may use the memory of the piece again.
    this.#begun = Uint8Array.from(bytes.subarray(whole))
    return isUtf8(bytes.subarray(0, whole))
  }
}

/** How many bytes at the end are the beginning of a character that goes on. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}
