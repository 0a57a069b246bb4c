import type { Readable, Writable } from 'node:stream'
import { confirm, group, intro, outro, text } from '@clack/prompts'
import type { Wishes } from './init-templates.ts'

/** How answers are read; each throws what is wrong with one. */
export interface Readers {
  port(text: string): number
  country(text: string): string | undefined
}

/** Asks a person on the terminal. Answers nothing when they give up. */
export async function askWishes(
  given: Wishes,
  readers: Readers,
  terminal: { readonly input?: Readable; readonly output?: Writable } = {},
): Promise<Wishes | undefined> {
  intro('A new WaQtor', terminal)
  try {
    const answers = await group(
      {
        port: () =>
          text({
            ...terminal,
            message: 'Port to listen on',
            initialValue: String(given.port),
            validate: complaint(readers.port),
          }),
        country: () =>
          text({
            ...terminal,
            message: 'Country of phone numbers that are written without a country code (EG, DE, …; empty for none)',
            initialValue: given.country ?? '',
            defaultValue: '',
            validate: complaint(readers.country),
          }),
        key: () => confirm({ ...terminal, message: 'Make an API key and put it into .env?', initialValue: given.key }),
      },
      {
        onCancel() {
          throw new GivenUp()
        },
      },
    )
    outro('Thank you', terminal)
    return { port: readers.port(answers.port), country: readers.country(answers.country), key: answers.key }
  } catch (error) {
    if (error instanceof GivenUp) return undefined
    throw error
  }
}

class GivenUp extends Error {}

function complaint(read: (text: string) => unknown): (text: string | undefined) => string | undefined {
  return (text) => {
    try {
      read(text ?? '')
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
}
