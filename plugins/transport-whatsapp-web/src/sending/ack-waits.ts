import type { Ack } from '@waqtor/contracts'

/** Sends that wait for the first word of the server on their message. */
export class AckWaits {
  readonly #waits = new Map<string, (ack: Ack) => void>()

  /**
   * The first acknowledgement other than 0, or 0 after the time, or at once when `ended` resolves.
   * @param wireId the part of the message id that travels over the wire
   */
  begin(wireId: string): { first(ms: number, ended: Promise<unknown>): Promise<Ack>; end(): void } {
    const { promise, resolve } = Promise.withResolvers<Ack>()
    this.#waits.set(wireId, resolve)
    return {
      first: async (ms, ended) => {
        let timer: NodeJS.Timeout | undefined
        const late = new Promise<Ack>((later) => {
          timer = setTimeout(later, ms, 0)
        })
        const gone = ended.then((): Ack => 0)
        try {
          return await Promise.race([promise, late, gone])
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
