import { SaxesParser } from 'saxes'
import { invalidTable } from '../table.ts'

/** Characters between two tags, and within one, at most. */
const longestToken = 1024 * 1024

export interface XmlHandler {
  /** @param name without its prefix */
  open?(name: string, attributes: Readonly<Record<string, string>>): void
  text?(text: string): void
  close?(name: string): void
}

/**
 * Reads XML while it arrives; yields after each piece, when what the handler has gathered can be fetched.
 * @param what for messages: the part that is read
 * @throws WaqtorError WAQ_TABLE_INVALID (400)
 */
export async function* readXml(pieces: AsyncIterable<string>, what: string, handler: XmlHandler): AsyncGenerator<void> {
  // Entities that a document declares for itself are not known to the parser, so none of them can grow.
  const parser = new SaxesParser({ position: false, xmlns: false })
  let pending = 0
  parser.on('opentag', (tag) => {
    pending = 0
    handler.open?.(local(tag.name), tag.attributes)
  })
  parser.on('text', (text) => {
    pending = 0
    handler.text?.(text)
  })
  parser.on('closetag', (tag) => {
    pending = 0
    handler.close?.(local(tag.name))
  })
  parser.on('error', (error) => {
    throw invalidTable(`'${what}' is no proper XML: ${error.message}`, error)
  })
  for await (const piece of pieces) {
    pending += piece.length
    parser.write(piece)
    // The parser itself keeps whatever it takes for one text or one tag.
    if (pending > longestToken) throw invalidTable(`'${what}' has a text that is too long`)
    yield
  }
  parser.close()
  yield
}

/** As `readXml`, for a part that is short. */
export async function scanXml(pieces: AsyncIterable<string>, what: string, handler: XmlHandler): Promise<void> {
  for await (const _ of readXml(pieces, what, handler));
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
