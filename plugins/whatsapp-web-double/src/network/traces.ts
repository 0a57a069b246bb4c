import { stanzaOf } from './numbers.ts'

/** What the network remembers of a message, so that others can do something to it later. */
export interface Trace {
  readonly id: string
  /** The number of who wrote it. */
  readonly from: string
  /** `<digits>@c.us` or `<id>@g.us`. */
  readonly to: string
  readonly options: readonly string[]
  /** Its name in the page of each account that has it, by number. */
  readonly keys: Map<string, string>
}

export class Traces {
  readonly #byId = new Map<string, Trace>()

  of(messageId: string): Trace {
    const trace = this.#byId.get(stanzaOf(messageId))
    if (!trace) throw new Error(`the network has no message '${messageId}'`)
    return trace
  }

  /** The first one with an id stays: a second message with the same id is the same to others. */
  keep(trace: Trace): Trace {
    const known = this.#byId.get(trace.id)
    if (known) return known
    this.#byId.set(trace.id, trace)
    return trace
  }

  find(messageId: string): Trace | undefined {
    return this.#byId.get(stanzaOf(messageId))
  }
}
