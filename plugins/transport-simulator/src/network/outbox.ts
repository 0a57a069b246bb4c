import type { Ack } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { parseAddress } from './addresses.ts'
import type { Chat, Message } from './chat-book.ts'
import { type Content, contentHash } from './content.ts'
import { type Kept, keptOf } from './journal.ts'
import { messageIn } from './marks.ts'
import { type Answer, failed, type SendOperation } from './operations.ts'
import type { Phone } from './phone.ts'
import { draw } from './random.ts'
import type { World } from './world.ts'

/** A message in the outbox of a page, on its way to the network. */
export interface Departure {
  readonly phone: Phone
  readonly chat: Chat
  readonly message: Message
  readonly answer: Answer
  /** Which send to this chat it is: the key of its draws. */
  readonly attempt: number
  /** The page was unlinked before the message left. */
  cancelled: boolean
}

export interface OutboxOptions {
  readonly world: World
  /** Told of every message that the network has taken. */
  readonly taken: (departure: Departure) => void
}

/** The way of a message from a page to the network, and of the acknowledgements back. */
export class Outbox {
  readonly #options: OutboxOptions
  #batch: Departure[] = []

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** The page takes a message, unless it can tell at once that the message will not leave. */
  send(phone: Phone, operation: SendOperation, answer: Answer): void {
    const departure = this.#take(phone, operation, answer)
    if (!departure) return
    phone.book.add(departure.chat, departure.message)
    phone.departing.add(departure)
    const { latencyMs } = phone.behaviour
    if (latencyMs === 0) this.leave(departure)
    else this.#options.world.agenda.in(latencyMs, () => this.leave(departure))
  }

  /** The page hands the message to the network, as soon as it can reach it. */
  leave(departure: Departure): void {
    const { phone, message, answer, cancelled } = departure
    if (cancelled) return
    if (!phone.awake) {
      phone.stalled.push(departure)
      return
    }
    const { restrict } = phone.behaviour
    if (restrict !== null) {
      this.#settle(departure, -1)
      phone.tellAck(message.id, -1)
      answer(failed('restricted', restrict))
      return
    }
    // All that comes in one turn of the event loop is written down in one go; and however fast this network is, whoever
    // sends to it in a loop leaves the process room for other work.
    if (this.#batch.push(departure) === 1) setImmediate(() => this.#accept())
  }

  /** The page was unlinked: what it had not handed over is gone with it. */
  cancel(phone: Phone): void {
    for (const departure of phone.departing) {
      departure.cancelled = true
      phone.book.remove(departure.chat, departure.message)
    }
    phone.departing.clear()
  }

  #take(phone: Phone, operation: SendOperation, answer: Answer): Departure | undefined {
    const { behaviour } = phone
    const address = parseAddress(operation.chatId)
    const content = contentOf(phone, operation)
    if (behaviour.restrict !== null) {
      answer(failed('restricted', behaviour.restrict))
    } else if (!address || !this.#options.world.exists(address)) {
      answer(failed('invalid-number', `'${operation.chatId}' is not on WhatsApp`))
    } else if (!content) {
      answer(failed('refused', `there is no message '${operation.forwardOf}' to pass on`))
    } else {
      const chat = phone.book.open(address)
      const attempt = chat.attempts++
      if (!this.#hit(phone, chat, attempt, 'refuse', behaviour.refuseRate)) {
        return { phone, chat, message: this.#compose(phone, operation, content), answer, attempt, cancelled: false }
      }
      answer(failed('refused', 'the page refused the message'))
    }
    return undefined
  }

  #compose(phone: Phone, { messageId, chatId }: SendOperation, content: Content): Message {
    return {
      ...content,
      id: messageId ?? `true_${chatId}_${this.#options.world.drawStanza(phone)}`,
      fromMe: true,
      author: null,
      time: phone.now(),
      settledAt: null,
      ack: 0,
    }
  }

  #accept(): void {
    const batch = this.#batch.filter((it) => !it.cancelled)
    this.#batch = []
    for (const [phone, own] of Map.groupBy(batch, (it) => it.phone)) this.#acceptAll(phone, own)
  }

  #acceptAll(phone: Phone, departures: readonly Departure[]): void {
    const time = phone.now()
    for (const { message } of departures) message.time = time
    try {
      this.#options.world.journal.accepted(departures.map(entryOf))
    } catch (error) {
      for (const departure of departures) this.#refuse(departure, messageOf(error))
      return
    }
    for (const departure of departures) this.#accepted(departure)
  }

  #refuse(departure: Departure, reason: string): void {
    const { phone, chat, message, answer } = departure
    phone.book.remove(chat, message)
    phone.departing.delete(departure)
    answer(failed('refused', `the network could not write the message down: ${reason}`))
  }

  #accepted(departure: Departure): void {
    const { phone, chat, message, answer, attempt } = departure
    const { behaviour } = phone
    this.#settle(departure, 1)
    phone.accepted++
    const silent = this.#hit(phone, chat, attempt, 'answer', behaviour.dropAnswerRate)
    const acknowledged = !this.#hit(phone, chat, attempt, 'ack 1', behaviour.dropAckRate)
    if (!silent) answer({ ok: { messageId: message.id, timestamp: message.time, ack: acknowledged ? 1 : 0 } })
    if (acknowledged && !phone.connected) phone.tellAck(message.id, 1)
    for (const ack of [2, 3] as const) {
      const lost = this.#hit(phone, chat, attempt, `ack ${ack}`, behaviour.dropAckRate)
      this.#options.world.agenda.in(behaviour.ackDelayMs * (ack - 1), () => {
        message.ack = ack
        if (!lost) phone.tellAck(message.id, ack)
      })
    }
    this.#options.taken(departure)
  }

  #settle(departure: Departure, ack: Ack): void {
    departure.message.ack = ack
    departure.message.settledAt = this.#options.world.clock.monotonic()
    departure.phone.departing.delete(departure)
  }

  #hit(phone: Phone, chat: Chat, attempt: number, what: string, rate: number): boolean {
    return rate > 0 && draw(phone.behaviour.seed, phone.instance, chat.address.chatId, attempt, what) < rate
  }
}

/** What a send carries; nothing where it passes on a message that is not there. */
function contentOf({ book }: Phone, { body, media, card, forwardOf }: SendOperation): Content | undefined {
  if (forwardOf === undefined) {
    const { kind = card?.kind ?? 'text', ...file } = media ?? {}
    return { kind, body, file: media ? (file as Content['file']) : null, card: card ?? null, forwarded: false }
  }
  const origin = messageIn(book, forwardOf)?.message
  if (!origin || origin.deleted) return undefined
  const { kind, file, card: same, edited } = origin
  return { kind, body: edited ?? origin.body, file, card: same, forwarded: true }
}

function entryOf({ phone, chat, message }: Departure): Kept {
  const { id, body } = message
  return {
    time: new Date(message.time).toISOString(),
    instance: phone.instance,
    to: chat.address.chatId,
    messageId: id,
    bodyHash: contentHash(message),
    body,
    ...keptOf(message),
  }
}
