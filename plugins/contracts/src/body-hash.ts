import { hash } from 'node:crypto'

/** The text as chats keep it: composed characters, plain line feeds, no white space around it. */
export function normalizeBody(body: string): string {
  return body.normalize('NFC').replaceAll('\r\n', '\n').replaceAll('\r', '\n').trim()
}

/** SHA-256 of a file's bytes, in hex: what stands for the file wherever its bytes are not at hand. */
export function mediaHash(data: Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/**
 * What makes two messages the same when a chat is searched for one: SHA-256, in hex, of the normalised text and,
 * where there is a file, of its bytes. Who sends and who looks compute it alike.
 * @example bodyHash('Hello\r\n') === bodyHash('Hello')
 * @example bodyHash(caption, { data }) === bodyHash(caption, { sha256: mediaHash(data) })
 */
export function bodyHash(body: string, media?: { readonly data: Uint8Array } | { readonly sha256: string }): string {
  const text = normalizeBody(body)
  if (!media) return hash('sha256', text, 'hex')
  // A NUL cannot stand in a WhatsApp text, so no text alone hashes like a text with a file.
  return hash('sha256', `${text}\u0000${'data' in media ? mediaHash(media.data) : media.sha256}`, 'hex')
}
