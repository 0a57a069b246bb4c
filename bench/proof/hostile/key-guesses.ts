import { guessKeys } from '@waqtor/plugin-auth/testing'
import { atMost, counted, type Trial } from './trial.ts'

/** Somebody who knows the id of a key. */
export const keyGuesses: Trial = {
  rows: 'D8',
  name: 'key-guesses',
  summary: 'a million guesses at the secret of a key, from ten addresses, with a checksum that fits',
  async *run({ short }) {
    const count = short ? 5_000 : 1_000_000
    const { right, answered, allowed, lines, opens } = await guessKeys(count)
    yield counted(`of ${count} guesses, those that were right`, right, 0)
    yield atMost('those that were looked at', answered, allowed)
    yield atMost('lines in the log about those that were not', lines, allowed / 20)
    yield counted('whether the key itself opens afterwards', Number(opens), 1)
  },
}
