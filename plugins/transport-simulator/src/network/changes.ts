import { parseAddress, stanzaOf } from './addresses.ts'
import type { Change } from './change.ts'
import type { Message } from './chat-book.ts'
import { type Found, leave, messageIn } from './marks.ts'
import { failed, type Operation, type Outcome } from './operations.ts'
import type { Phone } from './phone.ts'
import type { Phones } from './phones.ts'
import type { World } from './world.ts'

export type Action = Extract<Operation, { do: 'act' }>['action']

/** As long as WhatsApp lets a text be changed, and a message be taken back. */
const EDIT_MS = 15 * 60_000
const REVOKE_MS = 60 * 3_600_000

/** What is done to messages, by the page, by the phone, or by the people at the other end. */
export class Changes {
  readonly #world: World
  readonly #phones: Phones

  constructor(world: World, phones: Phones) {
    this.#world = world
    this.#phones = phones
  }

  /** The page does something. It knows what it did; the other side hears of it. */
  act(phone: Phone, action: Action): Outcome {
    const { restrict } = phone.behaviour
    if (restrict !== null) return failed('restricted', restrict)
    if (action.do === 'seen' || action.do === 'typing') return this.#show(phone, action)
    const found = messageIn(phone.book, action.messageId)
    const change = changeOf(action)
    const why = found ? objection(found.message, change, phone.now()) : `there is no message '${action.messageId}'`
    if (!found || why !== undefined) return failed('refused', why ?? '')
    this.#happen(phone, found, phone.chatId, change, false)
    return { ok: null }
  }

  /** Somebody else does something: a person of the chat, or the account's own phone. Where an
   * account does it, the account at the other end hears as well. */
  happen(phone: Phone, found: Found, by: string, change: Change): void {
    this.#happen(phone, found, by, change, true)
  }

  #happen(phone: Phone, found: Found, by: string, change: Change, tell: boolean): void {
    this.#apply(phone, found, by, change, tell)
    const other = this.#phones.withNumber(found.chat.address.digits)
    if (change.type === 'dropped' || by !== phone.chatId || !other || other === phone) return
    const mirrored = messageIn(other.book, `false_${phone.chatId}_${stanzaOf(found.message.id)}`)
    if (mirrored) this.#world.attempt(() => this.#apply(other, mirrored, by, change, true))
  }

  #apply(phone: Phone, { chat, message }: Found, by: string, change: Change, tell: boolean): void {
    const { chatId } = chat.address
    const timestamp = phone.now()
    const time = new Date(timestamp).toISOString()
    const entry = { time, instance: phone.instance, chat: chatId, messageId: message.id, by, change }
    this.#world.journal.changed?.(entry)
    leave(phone.book, { chat, message }, by, change)
    if (tell && change.type !== 'dropped') phone.tell({ messageId: message.id, chatId, from: by, timestamp, ...change })
  }

  #show(phone: Phone, action: Extract<Action, { do: 'seen' | 'typing' }>): Outcome {
    const address = parseAddress(action.chatId)
    if (!address || !this.#world.exists(address))
      return failed('invalid-number', `'${action.chatId}' is not on WhatsApp`)
    // A chat that nobody has written in has nothing to show.
    const chat = phone.book.look(address)
    if (action.do === 'seen') chat.unread = 0
    else chat.typing = action.state === 'paused' ? null : action.state
    return { ok: null }
  }
}

function changeOf(action: Extract<Action, { messageId: string }>): Change {
  switch (action.do) {
    case 'react':
      return { type: 'reaction', emoji: action.emoji }
    case 'edit':
      return { type: 'edited', body: action.body }
    case 'delete':
      return { type: action.forEveryone ? 'deleted' : 'dropped' }
  }
}

/** Why the page cannot do it. */
function objection(message: Message, { type }: Change, now: number): string | undefined {
  if (message.settledAt === null) return 'the message has not left yet'
  if (type === 'dropped') return undefined
  if (message.deleted) return 'the message was deleted'
  if (type === 'reaction') return undefined
  if (!message.fromMe) return 'the message is not yours'
  if (type === 'edited' && (message.card || now - message.time > EDIT_MS))
    return 'the message cannot be edited any more'
  return now - message.time > REVOKE_MS ? 'the message is too old' : undefined
}
