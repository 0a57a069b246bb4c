import type { InboxWitness, IncomingMessage, Tx } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'

/** Those who take part in the storing of incoming messages. */
export class Witnesses {
  readonly #log: Logger
  readonly #witnesses = new Set<InboxWitness>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** @returns the undo */
  add(witness: InboxWitness): () => void {
    this.#witnesses.add(witness)
    return () => this.#witnesses.delete(witness)
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
