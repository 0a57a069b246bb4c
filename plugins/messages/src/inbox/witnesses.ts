import type { InboxWitness, IncomingMessage, Tx } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { Away } from '../away.ts'

/**
 * Those who take part in the storing of incoming messages. While one of them is restarted, nothing is stored: what it did not
 * see, a wish to hear no more for one, nobody would tell it later.
 */
export class Witnesses {
  readonly #log: Logger
  readonly #witnesses = new Set<InboxWitness>()
  readonly #away = new Away()
  /** Aborted when this plugin closes. */
  readonly #signal: AbortSignal

  constructor(log: Logger, signal: AbortSignal) {
    this.#log = log
    this.#signal = signal
    signal.addEventListener('abort', () => this.#away.close(), { once: true })
  }

  /** @returns the undo */
  add(witness: InboxWitness): () => void {
    this.#witnesses.add(witness)
    this.#away.came(witness.name)
    return () => {
      this.#witnesses.delete(witness)
      if (!this.#signal.aborted) this.#away.left(witness.name)
    }
  }

  /** Resolves when all of them are there. @throws the reason of the signal when this plugin closes meanwhile */
  async gathered(): Promise<void> {
    await this.#away.nobody(this.#signal)
    this.#signal.throwIfAborted()
  }

  /** Tells all of them, in `tx`. The first that throws undoes the whole batch: nobody may know less than the others. */
  async tell(tx: Tx, messages: readonly IncomingMessage[]): Promise<void> {
    for (const witness of this.#witnesses) {
      try {
        await witness.stored(tx, messages)
      } catch (error) {
        this.#log.error('incoming messages cannot be stored yet', { plugin: witness.name, problem: messageOf(error) })
        throw error
      }
    }
  }
}
