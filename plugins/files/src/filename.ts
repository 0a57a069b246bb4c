/** Most file systems take no longer name, in bytes. */
const LONGEST_BYTES = 255
const encoder = new TextEncoder()

/** Controls, and marks that turn the direction of writing: `evil\u202Efdp.exe` would read `evilexe.pdf`. */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** What a person called a file, made fit to be shown and to be offered for saving: never a path, never empty. */
export function showableName(given: string): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1)!
  const name = last.replace(unfit, '').replace(/\s+/g, ' ').trim()
  return /^\.*$/.test(name) ? 'file' : shortened(name)
}

/** What follows the last dot, in lower case and without it; empty where there is none. */
export function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]{1,16})$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** Cuts a name before its extension, between characters. */
function shortened(name: string): string {
  if (encoder.encode(name).length <= LONGEST_BYTES) return name
  const extension = extensionOf(name)
  const ending = extension === '' ? '' : `.${extension}`
  const room = new Uint8Array(LONGEST_BYTES - ending.length)
  const { read } = encoder.encodeInto(name, room)
  return `${name.slice(0, read).trimEnd()}${ending}`
}
