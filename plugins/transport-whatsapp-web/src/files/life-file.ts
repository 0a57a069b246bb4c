import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { JsonFile } from './json-file.ts'

const Life = z.object({ openedAt: z.number().nullable(), doubtUntil: z.number() })

/**
 * Whether the browsers of an account came to their end in order. One that was killed, or went with its machine, may have
 * lost the last messages that it had taken: that these are not there any more proves less than it does otherwise.
 */
export class LifeFile {
  readonly #file: JsonFile<z.output<typeof Life>>
  #doubtUntil = 0

  constructor(directory: string) {
    this.#file = new JsonFile(join(directory, 'browser-life.json'), Life)
  }

  /** What was handed to a browser before this moment may have been lost. Milliseconds since 1970; 0 when nothing was. */
  get doubtUntil(): number {
    return this.#doubtUntil
  }

  /** A browser is about to begin. @throws when it cannot be written */
  begin(now: number): void {
    const last = this.#file.read()
    this.#doubtUntil = last === undefined ? 0 : last.openedAt === null ? last.doubtUntil : now
    this.#file.write({ openedAt: now, doubtUntil: this.#doubtUntil })
  }

  /** It has written down everything, and ended. */
  end(): void {
    this.#file.write({ openedAt: null, doubtUntil: this.#doubtUntil })
  }

  /** Another pairing begins: what was sent under the old one is no business of this file. */
  forget(): void {
    this.#file.remove()
  }
}
