import {
  type MessageKind,
  type OutgoingMessage,
  type SendReceipt,
  type Session,
  type Transport,
  TransportError,
} from '@waqtor/contracts'
import type { Prepared } from './preparation.ts'
import type { ClaimedRow, Step } from './rows.ts'
import { afterFailure } from './state.ts'

interface Sending {
  readonly row: ClaimedRow
  readonly kind: MessageKind
  /** The id that was drawn for it, which its row carries already. */
  readonly drawnId: string | undefined
  /** When it is given up, by the monotonic clock. */
  readonly until: number
  settled: boolean
}

export interface UnderWayOptions {
  /** A send without an answer after this long is in doubt. Milliseconds. */
  readonly sendTimeoutMs: number
  /** The reason why a message must not go after all, asked at the very call. May throw where that cannot be said. */
  readonly stops: (prepared: Prepared) => string | undefined
  /** What became of a row. */
  readonly ended: (step: Step) => void
  /** The transport answered, well or badly: what a queue's error limits count. */
  readonly answered: (queue: string, ok: boolean) => void
  /** The transport said that it cannot send at the moment. */
  readonly refusedForNow: (queue: string) => void
}

type Outcome = Omit<Step, 'id' | 'queue' | 'from'>

/** The sends that are under way: from the call of the transport until their fate is known or given up. */
export class UnderWay {
  readonly #options: UnderWayOptions
  /** In the order in which they will be overdue, for all may take equally long. */
  readonly #sending = new Map<number, Sending>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: UnderWayOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sending.size
  }

  /** How many of each queue. */
  byQueue(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { row } of this.#sending.values()) counts.set(row.queue, (counts.get(row.queue) ?? 0) + 1)
    return counts
  }

  /** Hands a message over. Its row is `sending` on the disk already. */
  send(session: Session | undefined, prepared: Prepared): void {
    const { row, message } = prepared
    const { kind } = prepared.beginning
    const until = performance.now() + this.#options.sendTimeoutMs
    const sending: Sending = { row, kind, drawnId: message.messageId, until, settled: false }
    this.#sending.set(row.id, sending)
    if (!session) {
      // The connection or a gate went between the commit and this call: the transport has not been touched.
      this.#settle(sending, { to: 'queued', reason: null })
      return
    }
    const stopped = this.#stopped(prepared)
    if (stopped) {
      this.#settle(sending, stopped)
      return
    }
    this.#watch()
    call(session.transport, message).then(
      (receipt) => this.#accepted(sending, receipt),
      (error) => this.#rejected(sending, error),
    )
  }

  /** What becomes of a message that must not go after all. */
  #stopped(prepared: Prepared): Outcome | undefined {
    const { stops, refusedForNow } = this.#options
    try {
      const reason = stops(prepared)
      return reason === undefined ? undefined : { to: 'skipped', reason }
    } catch {
      // Whoever was asked is broken. It waits until they can say.
      refusedForNow(prepared.row.queue)
      return { to: 'queued', reason: null }
    }
  }

  /** Nobody will hear of these any more: what became of them must be found out. */
  giveUp(reason: string): void {
    for (const sending of this.#sending.values()) this.#settle(sending, { to: 'unknown', reason })
  }

  /** One timer for all: most are answered long before, and a timer for each would be set and cleared in vain. */
  #watch(): void {
    if (this.#timer || this.#sending.size === 0) return
    const { value: oldest } = this.#sending.values().next()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#giveUpOverdue(performance.now())
      this.#watch()
    }, oldest!.until - performance.now())
  }

  #giveUpOverdue(now: number): void {
    for (const sending of this.#sending.values()) {
      // A timer may fire a fraction of a millisecond before its time.
      if (sending.until > now + 1) return
      this.#options.answered(sending.row.queue, false)
      this.#settle(sending, { to: 'unknown', reason: 'no-answer' })
    }
  }

  #accepted(sending: Sending, { messageId, timestamp, ack }: SendReceipt): void {
    const { queue } = sending.row
    if (ack < 0) {
      this.#options.answered(queue, false)
      this.#settle(sending, { to: 'failed', reason: 'refused', messageId })
    } else if (ack === 0) {
      // The library has it, the server has not said so. It may still leave: never repeated, watched from now on.
      this.#settle(sending, { to: 'waiting', reason: 'not-acknowledged', messageId, at: timestamp })
    } else {
      this.#options.answered(queue, true)
      this.#settle(sending, { to: 'sent', reason: null, messageId, at: timestamp })
    }
  }

  #rejected(sending: Sending, error: unknown): void {
    if (sending.settled) return
    const { queue } = sending.row
    const failure = error instanceof TransportError ? error.failure : 'unknown'
    if (failure === 'refused' || failure === 'unknown') this.#options.answered(queue, false)
    if (failure === 'not-connected' || failure === 'restricted') this.#options.refusedForNow(queue)
    this.#settle(sending, afterFailure(failure))
  }

  #settle(sending: Sending, outcome: Outcome): void {
    const { id, queue, part, chatId } = sending.row
    if (!sending.settled) {
      sending.settled = true
      this.#sending.delete(id)
      if (this.#sending.size === 0) this.#rest()
      const { to, reason, at, messageId } = outcome
      const { drawnId, kind } = sending
      const step = { id, queue, from: 'sending', to, reason, at } as const
      const isDrawn = messageId !== undefined && messageId === drawnId
      this.#options.ended(
        isDrawn ? { ...step, row: { part, chat_id: chatId, message_id: drawnId, kind } } : { ...step, messageId },
      )
    } else if (outcome.messageId) {
      // It was given up as unknown, and now there is an answer after all.
      for (const from of ['unknown', 'reconciling'] as const) this.#options.ended({ id, queue, from, ...outcome })
    }
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** What a transport throws or returns at once is an answer like any other: one that was written without types may do so. */
function call(transport: Transport, message: OutgoingMessage): Promise<SendReceipt> {
  try {
    return Promise.resolve(transport.send(message))
  } catch (error) {
    return Promise.reject(error)
  }
}
