import type { Account, Pairing } from './accounts.ts'
import type { FaultBook } from './faults.ts'
import type { AckFrame } from './frames.ts'
import { stanzaOf } from './numbers.ts'

const mostKept = 500

/** Brings acknowledgements to the page that sent the message, at once or later, or not at all. */
export class AckCourier {
  readonly #faults: FaultBook
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(faults: FaultBook) {
    this.#faults = faults
  }

  bring(pairing: Pairing, key: string, ack: number): void {
    const { dropAckRate, loseAckRate } = this.#faults.of(pairing.account.number)
    pairing.acks.set(key, ack)
    if (ack > 0 && Math.random() < loseAckRate) return
    const frame: AckFrame = { key, ack, ...(Math.random() < dropAckRate && { silent: true }) }
    if (pairing.link?.open) pairing.link.say({ type: 'ack', ...frame })
    // A page that is just loading anew has not heard it, and is told again with the next line. It takes none twice.
    pairing.recentAcks.push(frame)
    if (pairing.recentAcks.length > mostKept) pairing.recentAcks.shift()
  }

  /** Delivered after the delay, and read after another one. */
  later(pairing: Pairing, key: string, acks: readonly number[]): void {
    const [ack, ...rest] = acks
    if (ack === undefined) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.bring(pairing, key, ack)
      this.later(pairing, key, rest)
    }, this.#faults.of(pairing.account.number).ackDelayMs)
    this.#timers.add(timer)
  }

  /** As somebody wants it, for the page of the account that sent the message. */
  set(account: Account, messageId: string, ack: number): void {
    for (const pairing of account.pairings.values()) {
      const key = [...pairing.acks.keys()].find((it) => stanzaOf(it) === stanzaOf(messageId))
      if (key !== undefined) this.bring(pairing, key, ack)
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
