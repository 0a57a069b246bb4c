import type { Readable } from 'node:stream'
import { type Entry, open, type ZipFile } from 'yauzl'
import { invalidTable } from '../table.ts'

const mostParts = 10_000

/** The parts of a ZIP file by name. Each is unpacked as a stream, and never to more than it is said to have. */
export class Archive implements AsyncDisposable {
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #unpackedBytes: number

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, unpackedBytes: number) {
    this.#zip = zip
    this.#entries = entries
    this.#unpackedBytes = unpackedBytes
  }

  /** @throws WaqtorError WAQ_TABLE_INVALID (400) when it is no whole ZIP file */
  static async open(path: string, unpackedBytes: number): Promise<Archive> {
    const zip = await new Promise<ZipFile>((resolve, reject) =>
      // Lazy, so that a list of a million names is not read at once; the parts are opened after the list was read.
      open(path, { lazyEntries: true, autoClose: false }, (error, it) =>
        error ? reject(damaged(error)) : resolve(it),
      ),
    )
    try {
      return new Archive(zip, await entriesOf(zip), unpackedBytes)
    } catch (error) {
      zip.close()
      throw error
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /**
   * The text of a part, piece by piece.
   * @throws WaqtorError WAQ_TABLE_INVALID (400) when it is missing, damaged or too big
   */
  async *text(name: string): AsyncGenerator<string> {
    const entry = this.#entries.get(name)
    if (!entry) throw invalidTable(`the file is no whole XLSX file: '${name}' is missing`)
    if (entry.uncompressedSize > this.#unpackedBytes)
      throw invalidTable(
        `'${name}' would have ${entry.uncompressedSize.toLocaleString('en')} bytes when it is unpacked, which is too much`,
      )
    const decoder = new TextDecoder()
    try {
      const stream = await new Promise<Readable>((resolve, reject) =>
        this.#zip.openReadStream(entry, (error, it) => (error ? reject(error) : resolve(it))),
      )
      for await (const bytes of stream as AsyncIterable<Buffer>) yield decoder.decode(bytes, { stream: true })
    } catch (error) {
      throw damaged(error)
    }
    yield decoder.decode()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zip.close()
  }
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  await new Promise<void>((resolve, reject) => {
    zip.on('error', (error) => reject(damaged(error)))
    zip.on('end', resolve)
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName, entry)
      if (entries.size > mostParts)
        reject(invalidTable(`the file is no XLSX file: it has more than ${mostParts} parts`))
      else zip.readEntry()
    })
    zip.readEntry()
  })
  return entries
}

function damaged(cause: unknown): Error {
  return invalidTable(`the XLSX file is damaged: ${cause instanceof Error ? cause.message : cause}`, cause)
}
