import type { Ack, MessageKind } from '@waqtor/contracts'
import type { ChatMessage, ChatSummary } from '../contract.ts'
import { type Address, stanzaOf } from './addresses.ts'
import { ForgottenIds } from './forgotten-ids.ts'

/** A message as the phone keeps it. */
export interface Message {
  readonly id: string
  readonly fromMe: boolean
  /** Who wrote, in a group. */
  readonly author: string | null
  readonly body: string
  readonly kind: MessageKind
  /** SHA-256 of the file, in hex. */
  readonly media: string | null
  /** By the clock of the network: when the page took it, then when the network did. */
  time: number
  /** On the clock that only grows; `null` as long as the page still holds the message. */
  settledAt: number | null
  ack: Ack
}

export interface Chat {
  readonly address: Address
  /** In the order in which the page shows them; those that still wait for the network stand among them. */
  readonly messages: Message[]
  /** How often somebody tried to send here: the key of this chat's draws. */
  attempts: number
  /** Time of the newest message that was forgotten; −∞ when the chat is whole. */
  forgottenUntil: number
}

/** The chats of one phone. It forgets the oldest messages when there are too many. */
export class ChatBook {
  readonly #chats = new Map<string, Chat>()
  readonly #limit: number
  /** For every message its chat, in the order in which they came; what stands before `#first` was forgotten. */
  #order: Chat[] = []
  #first = 0
  /** Time of the newest message that was forgotten, of chats too that are gone altogether. */
  #horizon: number
  /** Of own messages that were forgotten. */
  readonly forgottenIds: ForgottenIds

  constructor(limit: number, horizon = Number.NEGATIVE_INFINITY) {
    this.#limit = limit
    this.#horizon = horizon
    this.forgottenIds = new ForgottenIds(horizon)
  }

  /** The chat, or what a chat that nobody has written in looks like. */
  look(address: Address): Chat {
    return this.#chats.get(address.chatId) ?? this.#blank(address)
  }

  open(address: Address): Chat {
    let chat = this.#chats.get(address.chatId)
    if (!chat) {
      chat = this.#blank(address)
      this.#chats.set(address.chatId, chat)
    }
    return chat
  }

  add(chat: Chat, message: Message): void {
    chat.messages.push(message)
    this.#order.push(chat)
    this.#forget()
  }

  /** Takes back a message that never left. */
  remove(chat: Chat, message: Message): void {
    const index = chat.messages.lastIndexOf(message)
    if (index < 0) return
    chat.messages.splice(index, 1)
    this.#order.splice(this.#order.lastIndexOf(chat), 1)
  }

  /** Every draw starts again from the first. */
  restartDraws(): void {
    for (const chat of this.#chats.values()) chat.attempts = 0
  }

  summaries(limit: number): ChatSummary[] {
    const newest = new Set<Chat>()
    for (let i = this.#order.length - 1; i >= this.#first && newest.size < limit; i--) newest.add(this.#order[i]!)
    return [...newest].map(({ address, messages }) => {
      const last = messages.at(-1)
      return { chatId: address.chatId, messages: messages.length, newest: last ? view(last) : null }
    })
  }

  messages(address: Address, limit: number): ChatMessage[] {
    return this.look(address).messages.slice(-limit).map(view)
  }

  #blank(address: Address): Chat {
    return { address, messages: [], attempts: 0, forgottenUntil: this.#horizon }
  }

  #forget(): void {
    while (this.#order.length - this.#first > this.#limit) {
      const chat = this.#order[this.#first]!
      const oldest = chat.messages[0]
      // What the page still holds is not history yet.
      if (!oldest || oldest.settledAt === null) break
      this.#first++
      chat.messages.shift()
      if (oldest.fromMe) this.forgottenIds.add(stanzaOf(oldest.id), oldest.time)
      chat.forgottenUntil = Math.max(chat.forgottenUntil, oldest.time)
      this.#horizon = Math.max(this.#horizon, oldest.time)
      if (chat.messages.length === 0) this.#chats.delete(chat.address.chatId)
    }
    if (this.#first > 1_024 && this.#first * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#first)
      this.#first = 0
    }
  }
}

function view({ id, fromMe, author, body, kind, ack, time }: Message): ChatMessage {
  return { messageId: id, fromMe, author, body, kind, ack, timestamp: time }
}
