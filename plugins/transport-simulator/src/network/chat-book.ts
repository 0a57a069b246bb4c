import type { Ack } from '@waqtor/contracts'
import type { ChatMessage, ChatSummary } from '../contract.ts'
import { type Address, stanzaOf } from './addresses.ts'
import type { Content } from './content.ts'
import { ForgottenIds } from './forgotten-ids.ts'

/** A message as the phone keeps it. */
export interface Message extends Content {
  readonly id: string
  readonly fromMe: boolean
  /** Who wrote, in a group. */
  readonly author: string | null
  readonly quotedMessageId?: string | undefined
  /** By the clock of the network: when the page took it, then when the network did. */
  time: number
  /** On the clock that only grows; `null` as long as the page still holds the message. */
  settledAt: number | null
  ack: Ack
  /** How it reads since it was edited; `body` is what was sent. */
  edited?: string
  deleted?: true
  /** Emojis and chosen options, by who left them. */
  reactions?: Map<string, string>
  votes?: Map<string, readonly string[]>
}

export interface Chat {
  readonly address: Address
  /** In the order in which the page shows them; those that still wait for the network stand among them. */
  readonly messages: Message[]
  /** How often somebody tried to send here: the key of this chat's draws. */
  attempts: number
  /** Messages of others that were not marked as read. */
  unread: number
  /** What the page shows the other side. */
  typing: 'typing' | 'recording' | null
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

  /** A message is deleted for this phone: whoever looks for it must not take that for never sent. */
  drop(chat: Chat, message: Message): void {
    this.remove(chat, message)
    if (message.fromMe) this.forgottenIds.add(stanzaOf(message.id), message.time)
    chat.forgottenUntil = Math.max(chat.forgottenUntil, message.time)
  }

  /** The message with this id, under whichever address of the chat. */
  find(chat: Chat, id: string): Message | undefined {
    const stanza = stanzaOf(id)
    return chat.messages.findLast((it) => stanzaOf(it.id) === stanza)
  }

  /** Every draw starts again from the first. */
  restartDraws(): void {
    for (const chat of this.#chats.values()) chat.attempts = 0
  }

  summaries(limit: number): ChatSummary[] {
    const newest = new Set<Chat>()
    for (let i = this.#order.length - 1; i >= this.#first && newest.size < limit; i--) newest.add(this.#order[i]!)
    return [...newest].map(({ address, messages, unread }) => {
      const last = messages.at(-1)
      return { chatId: address.chatId, messages: messages.length, unread, newest: last ? view(last) : null }
    })
  }

  messages(address: Address, limit: number): ChatMessage[] {
    return this.look(address).messages.slice(-limit).map(view)
  }

  #blank(address: Address): Chat {
    return { address, messages: [], attempts: 0, unread: 0, typing: null, forgottenUntil: this.#horizon }
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

function view(message: Message): ChatMessage {
  const { id, fromMe, author, body, kind, ack, time, edited, deleted = false, reactions, votes } = message
  return {
    messageId: id,
    fromMe,
    author,
    body: deleted ? '' : (edited ?? body),
    kind,
    ack,
    timestamp: time,
    edited: edited !== undefined,
    deleted,
    reactions: [...(reactions ?? [])].map(([from, emoji]) => ({ from, emoji })),
    votes: [...(votes ?? [])].map(([from, options]) => ({ from, options: [...options] })),
  }
}
