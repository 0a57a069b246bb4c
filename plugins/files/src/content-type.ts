import { extensionOf } from './filename.ts'

/** How many bytes from the beginning tell what a file is. More would only give a hostile file more to be read. */
export const HEAD_BYTES = 65_536

const OCTETS = 'application/octet-stream'
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const texts: Readonly<Record<string, string | undefined>> = {
  csv: 'text/csv',
  json: 'application/json',
  txt: 'text/plain',
}

/** What a file is: by its first bytes, else by its name. */
export async function contentTypeOf(head: Uint8Array, filename: string): Promise<string> {
  const extension = extensionOf(filename)
  const text = Object.hasOwn(texts, extension) ? texts[extension] : undefined
  // Signatures are short: a list of customers that begins with `BMW` would be a picture.
  if (text !== undefined && isText(head)) return text
  // A detector that gives up on bytes made to confuse it has found nothing.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  // The inside of the archive tells a table from others, unless it is written in an unusual order.
  if (extension === 'xlsx' && found?.mime === 'application/zip') return XLSX
  return found?.mime ?? text ?? OCTETS
}

function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false
  try {
    // As a stream: the head may end inside a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
