import type { IncomingMessage } from '@waqtor/contracts'
import { type Address, parseAddress, stanzaOf } from './addresses.ts'
import type { Message } from './chat-book.ts'
import { type Content, textOf } from './content.ts'
import { keptOf } from './journal.ts'
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

/** What whoever wrote is told. */
export interface Told {
  readonly messageId: string
  readonly timestamp: number
}

export interface Letter {
  readonly chat: Address
  readonly writer: Address
  readonly content: Content
  readonly quotedMessageId?: string | undefined
  /** The part of its id that both sides share; drawn when absent. */
  readonly stanza?: string
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

  receive(phone: Phone, { chat, writer, content, quotedMessageId, stanza }: Letter): Told {
    const { chatId, isGroup } = chat
    const author = isGroup ? writer.chatId : null
    const id = `false_${chatId}_${stanza ?? this.#world.drawStanza(phone)}${author === null ? '' : `_${author}`}`
    // Two messages with one id cannot be told apart by their readers: the network hides neither.
    const messageId = this.#isTaken(phone, chat, id) ? `false_${chatId}_${this.#world.drawStanza(phone)}` : id
    const told = this.#add(phone, chat, { ...content, id: messageId, fromMe: false, author, quotedMessageId, ack: 1 })
    phone.book.open(chat).unread++
    phone.received++
    return told
  }

  /** The phone itself writes, and its page sees it. */
  write(phone: Phone, chat: Address, body: string): Told {
    const id = `true_${chat.chatId}_${this.#world.drawStanza(phone)}`
    const content = textOf(body)
    const told = this.#add(phone, chat, { ...content, id, fromMe: true, author: null, ack: 1 })
    this.#reach(phone, chat, id, content)
    return told
  }

  /** A message that the network took reaches whom it is for: another phone of the network, or one of its people. */
  arrive({ phone, chat, message, attempt }: Departure): void {
    const person = chat.address
    if (this.#reach(phone, person, message.id, message) || person.isGroup) return
    if (this.#answer && this.#answers(this.#answer.rate, phone, person, attempt)) {
      const { text, delayMs } = this.#answer
      this.#world.agenda.in(delayMs, () => {
        this.#world.attempt(() => this.receive(phone, { chat: person, writer: person, content: textOf(text) }))
      })
    }
  }

  /** Hands a message to the phone that it is for; false where no phone of this network has the number. */
  #reach(phone: Phone, { digits, isGroup }: Address, id: string, message: Content & Partial<Message>): boolean {
    const other = isGroup ? undefined : this.#phones.withNumber(digits)
    if (!other) return false
    const writer = parseAddress(phone.chatId)!
    const { kind, body, file, card, forwarded } = message
    const content = { kind, body, file, card, forwarded }
    this.#world.attempt(() => this.receive(other, { chat: writer, writer, content, stanza: stanzaOf(id) }))
    return true
  }

  #isTaken({ book }: Phone, chat: Address, id: string): boolean {
    return book.find(book.look(chat), id) !== undefined
  }

  #add(phone: Phone, chat: Address, message: Omit<Message, 'time' | 'settledAt'>): Told {
    const { chatId, isGroup } = chat
    const { id: messageId, author, body, kind, file, fromMe, quotedMessageId } = message
    const timestamp = phone.now()
    this.#world.journal.received?.({
      time: new Date(timestamp).toISOString(),
      instance: phone.instance,
      from: chatId,
      ...(author !== null && { author }),
      ...(fromMe && { fromMe }),
      messageId,
      body,
      ...keptOf(message),
    })
    const settledAt = this.#world.clock.monotonic()
    phone.book.add(phone.book.open(chat), { ...message, time: timestamp, settledAt })
    const told: IncomingMessage = {
      messageId,
      chatId,
      from: fromMe ? phone.chatId : chatId,
      ...(author !== null && { author }),
      body,
      kind,
      hasMedia: file !== null,
      isGroup,
      ...(fromMe && { fromMe }),
      ...(quotedMessageId !== undefined && { quotedMessageId }),
      timestamp,
    }
    phone.tell({ type: 'message', message: told })
    return { messageId, timestamp }
  }

  #answers(rate: number, { behaviour, instance }: Phone, { chatId }: Address, attempt: number): boolean {
    return draw(behaviour.seed, instance, chatId, attempt, 'reply') < rate
  }
}
