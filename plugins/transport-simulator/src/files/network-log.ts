import { acceptanceOf, type Journal, type Kept } from '../network/journal.ts'
import { AppendFile } from './append-file.ts'

/** The log of a network: one line of JSON per accepted message, written before anybody hears of it. */
export class NetworkLog implements Journal {
  readonly #file: AppendFile

  /** @throws when the file cannot be written */
  constructor(path: string) {
    this.#file = new AppendFile(path)
    this.#file.check()
  }

  accepted(entries: readonly Kept[]): void {
    this.#file.append(entries.map((it) => JSON.stringify(acceptanceOf(it))))
  }

  close(): void {
    this.#file.close()
  }
}
