import type { Ack } from '@waqtor/contracts'

export function toAck(value: number | undefined): Ack {
  if (value === undefined || value === 0) return 0
  if (value < 0) return -1
  return Math.min(Math.trunc(value), 4) as Ack
}

/** Whether an acknowledgement tells more than the one before. What was accepted cannot fail any more. */
export function isProgress(before: Ack, after: Ack): boolean {
  return after === -1 ? before === 0 : after > before
}

/** The last acknowledgement of each of the latest messages, so that repeats and steps back are dropped. */
export class AckBook {
  readonly #acks = new Map<string, Ack>()
  readonly #limit: number

  constructor(limit = 10_000) {
    this.#limit = limit
  }

  /** Answers false when this one says nothing new. */
  advance(messageId: string, ack: Ack): boolean {
    const before = this.#acks.get(messageId)
    if (before === undefined ? ack === 0 : !isProgress(before, ack)) {
      if (before === undefined) this.#keep(messageId, ack)
      return false
    }
    this.#keep(messageId, ack)
    return true
  }

  get(messageId: string): Ack {
    return this.#acks.get(messageId) ?? 0
  }

  #keep(messageId: string, ack: Ack): void {
    this.#acks.delete(messageId)
    this.#acks.set(messageId, ack)
    if (this.#acks.size > this.#limit) this.#acks.delete(this.#acks.keys().next().value!)
  }
}
