import { appendFileSync } from 'node:fs'
import type { AcceptedMessage } from '../options.ts'
import { stanzaOf } from './numbers.ts'

/** What the network accepted, oldest first. It never drops a message because it has seen its id. */
export class AcceptedLog {
  readonly #lines: AcceptedMessage[] = []
  readonly #path: string | undefined

  constructor(path?: string) {
    this.#path = path
  }

  append(line: AcceptedMessage): void {
    this.#lines.push(line)
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`)
  }

  of(number?: string): readonly AcceptedMessage[] {
    return number === undefined ? [...this.#lines] : this.#lines.filter((it) => it.account === number)
  }

  count(messageId: string): number {
    const id = stanzaOf(messageId)
    return this.#lines.filter((it) => it.id === id).length
  }
}
