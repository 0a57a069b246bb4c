import { getRandomValues } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const randomLength = 16

/**
 * Makes ULIDs (https://github.com/ulid/spec): 26 characters that sort by the time they were made.
 * Within one millisecond the random part counts up, so one source never goes backwards.
 */
export function createUlidSource(now: () => number = Date.now): () => string {
  const random = new Uint8Array(randomLength)
  let time = -1
  let prefix = ''
  return () => {
    const current = now()
    if (current > time) {
      time = current
      prefix = encodeTime(time)
      getRandomValues(random)
      for (let i = 0; i < randomLength; i++) random[i] = random[i]! & 31
      // The top bit stays free, so that counting up cannot overflow within a millisecond.
      random[0] = random[0]! & 15
    } else {
      let i = randomLength - 1
      while (random[i] === 31) random[i--] = 0
      random[i] = random[i]! + 1
    }
    let text = prefix
    for (let i = 0; i < randomLength; i++) text += alphabet[random[i]!]
    return text
  }
}

function encodeTime(time: number): string {
  let text = ''
  for (let i = 0, rest = time; i < 10; i++) {
    text = alphabet[rest % 32]! + text
    rest = Math.floor(rest / 32)
  }
  return text
}

const ulid = createUlidSource()

/**
 * A new identifier: `newId('cmp')` → `cmp_01JD…`.
 * @param prefix says what kind of thing the id names.
 */
export function newId(prefix: string): string {
  return `${prefix}_${ulid()}`
}
