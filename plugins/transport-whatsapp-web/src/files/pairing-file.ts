import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { JsonFile } from './json-file.ts'

const Pairing = z.object({ id: z.string().min(1), account: z.string() })

/** Names the pairing of an account, so that one may tell whether it is still the same. */
export class PairingFile {
  readonly #file: JsonFile<z.output<typeof Pairing>>

  constructor(directory: string) {
    this.#file = new JsonFile(join(directory, 'pairing.json'), Pairing)
  }

  /** The pairing of this account number: the one that is known, or a new one. @throws when it cannot be written */
  of(account: string): string {
    const known = this.#file.read()
    if (known?.account === account) return known.id
    const id = randomUUID()
    this.#file.write({ id, account })
    return id
  }

  /** Whatever pairs next is another pairing. */
  forget(): void {
    this.#file.remove()
  }
}
