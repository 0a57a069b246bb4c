import { fail } from '@waqtor/contracts'
import type { Deed } from '../contract.ts'
import type { Address } from './addresses.ts'
import type { Changes } from './changes.ts'
import type { Incoming, Told } from './incoming.ts'
import { type Found, messageIn } from './marks.ts'
import type { Phone } from './phone.ts'

/** What people, and phones themselves, do to messages when somebody who plays them says so. */
export class Deeds {
  readonly #changes: Changes
  readonly #incoming: Incoming
  readonly #person: (text: string) => Address

  /** @param person reads the address of somebody who exists */
  constructor(changes: Changes, incoming: Incoming, person: (text: string) => Address) {
    this.#changes = changes
    this.#incoming = incoming
    this.#person = person
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_CONFLICT (409), WAQ_CHAT_ID_INVALID (400) */
  perform(phone: Phone, { write, react, edit, delete: erase, vote }: Deed): Told {
    if (write) return this.#incoming.write(phone, this.#person(write.to), write.text)
    if (react) {
      const found = this.#find(phone, react.messageId)
      return this.#happen(phone, found, this.#doer(phone, react.from), { type: 'reaction', emoji: react.emoji })
    }
    if (edit) {
      const found = this.#find(phone, edit.messageId)
      return this.#happen(phone, found, writerOf(phone, found), { type: 'edited', body: edit.text })
    }
    if (vote) {
      const found = this.#find(phone, vote.messageId)
      const { options } = vote
      const unknown = options.find(
        (it) => found.message.card?.kind !== 'poll' || !found.message.card.options.includes(it),
      )
      if (unknown !== undefined) throw fail('WAQ_CONFLICT', `'${unknown}' is not an option of this message`)
      return this.#happen(phone, found, this.#doer(phone, vote.from), { type: 'poll-vote', options })
    }
    const found = this.#find(phone, erase?.messageId ?? '')
    return this.#happen(phone, found, writerOf(phone, found), { type: 'deleted' })
  }

  #happen(phone: Phone, found: Found, by: string, change: Parameters<Changes['happen']>[3]): Told {
    this.#changes.happen(phone, found, by, change)
    return { messageId: found.message.id, timestamp: phone.now() }
  }

  #find({ book, instance }: Phone, id: string): Found {
    const found = messageIn(book, id)
    if (found && !found.message.deleted) return found
    throw fail('WAQ_NOT_FOUND', `the phone of '${instance}' has no message '${id}'`)
  }

  #doer(phone: Phone, from: string | undefined): string {
    return from === undefined ? phone.chatId : this.#person(from).chatId
  }
}

function writerOf(phone: Phone, { chat, message }: Found): string {
  return message.fromMe ? phone.chatId : (message.author ?? chat.address.chatId)
}
