const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function base32(value: number, length: number): string {
  let text = ''
  for (let i = length - 1; i >= 0; i--) text += alphabet[Math.floor(value / 32 ** i) % 32]!
  return text
}

const ofThisProcess = base32(crypto.getRandomValues(new Uint32Array(1))[0]!, 6)
let time = 0
let count = 0

/**
 * A new identifier with a prefix that says what it names: `newId('cmp')` → `cmp_01JD…`. The rest is a ULID
 * (https://github.com/ulid/spec): it sorts by the time it was made, also within a millisecond of this process.
 */
export function newId(prefix: string): string {
  const now = Date.now()
  count = now > time ? Math.floor(Math.random() * 2 ** 48) : count + 1
  time = Math.max(time, now)
  return `${prefix}_${base32(time, 10)}${ofThisProcess}${base32(count, 10)}`
}
