import type { Ack } from '@waqtor/contracts'
import type { End } from '../library/end.ts'

/** Sends that wait for the first word of the server on their message. */
export class AckWaits {
  readonly #waits = new Map<string, (ack: Ack) => void>()

  /**
   * The first acknowledgement other than 0, or 0 after the time.
   * @param wireId the part of the message id that travels over the wire
   * @throws the reason of the end, where that comes first
   */
  begin(wireId: string): { first(ms: number, end: End): Promise<Ack>; end(): void } {
    const { promise, resolve } = Promise.withResolvers<Ack>()
    this.#waits.set(wireId, resolve)
    return {
      first: async (ms, end) => {
        let timer: NodeJS.Timeout | undefined
        const late = new Promise<Ack>((later) => {
          timer = setTimeout(later, ms, 0)
        })
        try {
          return await end.race(Promise.race([promise, late]))
        } finally {
          clearTimeout(timer)
        }
      },
      end: () => void this.#waits.delete(wireId),
    }
  }

  /** Answers true when a send has waited for this one, and it says nothing that others are to hear. */
  take(wireId: string, ack: Ack): boolean {
    const resolve = this.#waits.get(wireId)
    if (!resolve) return false
    // What comes after the first word is news for everybody.
    this.#waits.delete(wireId)
    resolve(ack)
    return ack <= 1
  }
}
