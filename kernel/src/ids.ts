const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The lowest bits, five a digit. Every request draws an id, and bits make one five times as quick as powers of 32. */
function base32(value: number, length: number): string {
  if (length > 6) return base32(value / 2 ** 25, length - 5) + base32(value % 2 ** 25, 5)
  let text = ''
  for (let shift = 5 * (length - 1); shift >= 0; shift -= 5) text += alphabet[(value >>> shift) & 31]!
  return text
}

const ofThisProcess = base32(crypto.getRandomValues(new Uint32Array(1))[0]!, 6)
let [time, stamp, count] = [-1, '', 0]

/**
 * A new identifier with a prefix that says what it names: `newId('cmp')` → `cmp_01JD…`. The rest is a ULID
 * (https://github.com/ulid/spec): it sorts by the time it was made, also within a millisecond of this process.
 */
export function newId(prefix: string): string {
  const now = Date.now()
  if (now > time) [time, stamp, count] = [now, base32(now, 10) + ofThisProcess, Math.floor(Math.random() * 2 ** 48)]
  else count++
  return `${prefix}_${stamp}${base32(count, 10)}`
}
