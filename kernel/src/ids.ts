const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * A new identifier of 26 characters that sort by the time they were made (a ULID, https://github.com/ulid/spec), with
 * a prefix that says what it names: `newId('cmp')` → `cmp_01JD…`.
 */
export function newId(prefix: string): string {
  const now = Date.now()
  let text = ''
  for (let i = 9; i >= 0; i--) text += alphabet[Math.floor(now / 32 ** i) % 32]!
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += alphabet[byte & 31]!
  return `${prefix}_${text}`
}
