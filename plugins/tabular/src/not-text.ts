const kinds: readonly (readonly [kind: string, begin: string])[] = [
  ['a PNG image', '\x89PNG'],
  ['a JPEG image', '\xff\xd8\xff'],
  ['a GIF image', 'GIF8'],
  ['a PDF document', '%PDF-'],
  ['a GZIP archive', '\x1f\x8b'],
  ['a RAR archive', 'Rar!\x1a'],
  ['a 7z archive', '7z\xbc\xaf'],
]

/** Of packed data every ninth byte is a control character, of text hardly any. */
const share = 0.05

/**
 * Why a file cannot be a text of one byte a character or of UTF-8, judged by its beginning. A stray NUL is no reason: it
 * costs its own row only. Neither are control characters without a NUL, which an export may have.
 */
export function whyNoText(head: Buffer): string | undefined {
  const begin = head.toString('latin1', 0, 8)
  const kind = kinds.find(([, it]) => begin.startsWith(it))?.[0]
  if (kind) return `the file is no text, it is ${kind}`
  if (!head.includes(0)) return undefined
  const strange = head.reduce((sum, it) => (isControl(it) ? sum + 1 : sum), 0)
  if (strange <= head.length * share) return undefined
  return 'the file is no text: it contains NUL characters; is the file UTF-16? Save it as UTF-8'
}

function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d
}
