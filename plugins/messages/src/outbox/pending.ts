import type { AckFact, Recorded } from './recorder.ts'
import type { Step } from './rows.ts'

/** Acknowledgements that came before their message is known are kept this many. */
const earlyLimit = 10_000

/** What one turn writes down of what has happened. */
export interface Taken {
  readonly outcomes: readonly Step[]
  readonly acks: readonly AckFact[]
}

/** What has happened since the last turn and is not written down yet: in memory only. */
export class Pending {
  #outcomes: Step[] = []
  #acks: AckFact[] = []
  readonly #early = new Map<string, AckFact>()

  get isEmpty(): boolean {
    return this.#outcomes.length + this.#acks.length === 0
  }

  ended(step: Step): void {
    this.#outcomes.push(step)
  }

  acknowledged(acks: readonly AckFact[]): void {
    this.#acks.push(...acks)
  }

  /** Takes out the oldest, at most so many of each kind: the steps of a row stay in their order. */
  take(limit: number): Taken {
    return { outcomes: this.#outcomes.splice(0, limit), acks: this.#acks.splice(0, limit) }
  }

  /** They could not be written down. */
  putBack({ outcomes, acks }: Taken): void {
    this.#outcomes = [...outcomes, ...this.#outcomes]
    this.#acks = [...acks, ...this.#acks]
  }

  /** Keeps the acknowledgements whose message nobody knows yet, and takes up those whose message has become known. */
  match({ early, moved }: Recorded): void {
    for (const it of early) this.#early.set(it.messageId, it)
    for (const { message_id: id } of moved) {
      const known = id ? this.#early.get(id) : undefined
      if (!known) continue
      this.#early.delete(known.messageId)
      this.#acks.push(known)
    }
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= earlyLimit) break
      this.#early.delete(oldest)
    }
  }
}
