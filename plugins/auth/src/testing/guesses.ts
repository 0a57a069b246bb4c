import { crc32 } from 'node:zlib'
import { startAuth } from '../fixtures/start-auth.ts'
import { createKey } from '../index.ts'
import { drawCredential } from '../keys/credential.ts'

const ADDRESSES = 10

/** What somebody came to who guessed at a key. */
export interface Guesses {
  /** Guesses that were right. */
  readonly right: number
  /** Those that were told to be wrong. */
  readonly answered: number
  /** Those that were told to wait. */
  readonly held: number
  /** How many may have been answered, at twenty a minute to each address. */
  readonly allowed: number
  /** Lines in the log about it. */
  readonly lines: number
  /** True when the real key still opens, from an address that has to wait. */
  readonly opens: boolean
}

/** Guesses at the secret of a key that there is, with a checksum that fits, from ten addresses in turns. */
export async function guessKeys(count: number): Promise<Guesses> {
  await using it = await startAuth()
  const { key, id } = await it.test.run(createKey, { permissions: ['*'] })
  const enter = (credential: string, address: string) =>
    it.authentication.authenticate(new Headers({ 'X-API-Key': credential }), address)
  const started = Date.now()
  let answered = 0
  let held = 0
  for (let i = 0; i < count; i++) {
    const guess = drawCredential()
      .text.replace(/^waq_[0-9A-Z]{26}/, `waq_${id}`)
      .slice(0, -9)
    const credential = `${guess}_${crc32(guess).toString(16).padStart(8, '0')}`
    const { status } = await enter(credential, `10.0.0.${i % ADDRESSES}`).catch((error) => error)
    if (status === 401) answered++
    else if (status === 429) held++
  }
  const minutes = Math.floor((Date.now() - started) / 60_000) + 1
  const opens = (await enter(key, '10.0.0.1'))?.id === id
  const lines = it.test.lines.filter(({ message }) => message.startsWith('too many wrong keys')).length
  return { right: count - answered - held, answered, held, allowed: minutes * ADDRESSES * 20, lines, opens }
}
