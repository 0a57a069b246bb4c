import type { Address } from './addresses.ts'
import type { Departure } from './outbox.ts'
import type { Phone } from './phone.ts'
import type { Phones } from './phones.ts'
import { draw } from './random.ts'
import type { World } from './world.ts'

/** How virtual people answer by themselves. */
export interface AutoAnswer {
  readonly text: string
  /** Share of messages that are answered. */
  readonly rate: number
  /** From accepted to answered. */
  readonly delayMs: number
}

export interface Letter {
  readonly chat: Address
  readonly writer: Address
  readonly body: string
  readonly quotedMessageId?: string | undefined
}

/** What people write to the phones of the network. */
export class Incoming {
  readonly #world: World
  readonly #phones: Phones
  readonly #answer: AutoAnswer | undefined

  constructor(world: World, phones: Phones, answer: AutoAnswer | undefined) {
    this.#world = world
    this.#phones = phones
    this.#answer = answer
  }

  receive(phone: Phone, { chat, writer, body, quotedMessageId }: Letter): { messageId: string; timestamp: number } {
    const { chatId, isGroup } = chat
    const author = isGroup ? writer.chatId : null
    const suffix = author === null ? '' : `_${author}`
    const messageId = `false_${chatId}_${this.#world.drawStanza(phone)}${suffix}`
    const timestamp = phone.now()
    this.#world.journal.received?.({
      time: new Date(timestamp).toISOString(),
      instance: phone.instance,
      from: chatId,
      ...(author !== null && { author }),
      messageId,
      body,
    })
    phone.received++
    phone.book.add(phone.book.open(chat), {
      id: messageId,
      fromMe: false,
      author,
      body,
      kind: 'text',
      media: null,
      time: timestamp,
      settledAt: this.#world.clock.monotonic(),
      ack: 1,
    })
    phone.tellMessage({
      messageId,
      chatId,
      from: chatId,
      ...(author !== null && { author }),
      body,
      kind: 'text',
      hasMedia: false,
      isGroup,
      ...(quotedMessageId !== undefined && { quotedMessageId }),
      timestamp,
    })
    return { messageId, timestamp }
  }

  /** A message that the network took reaches whom it is for: another phone of the network, or one of its people. */
  arrive({ phone, chat, message, attempt }: Departure): void {
    const person = chat.address
    if (person.isGroup) return
    const other = this.#phones.withNumber(person.digits)
    if (other) {
      const writer: Address = { chatId: `${phone.number}@c.us`, isGroup: false, digits: phone.number }
      this.#world.attempt(() => this.receive(other, { chat: writer, writer, body: message.body }))
    } else if (this.#answer && this.#answers(this.#answer.rate, phone, person, attempt)) {
      const { text, delayMs } = this.#answer
      this.#world.agenda.in(delayMs, () => {
        this.#world.attempt(() => this.receive(phone, { chat: person, writer: person, body: text }))
      })
    }
  }

  #answers(rate: number, { behaviour, instance }: Phone, { chatId }: Address, attempt: number): boolean {
    return draw(behaviour.seed, instance, chatId, attempt, 'reply') < rate
  }
}
