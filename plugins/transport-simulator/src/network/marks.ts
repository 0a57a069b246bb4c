import { type Address, parseAddress } from './addresses.ts'
import type { Change } from './change.ts'
import type { Chat, ChatBook, Message } from './chat-book.ts'
import type { ChangeRecord } from './journal.ts'

export interface Found {
  readonly chat: Chat
  readonly message: Message
}

/** The message with this id, if the phone has it: ids name their chat. */
export function messageIn(book: ChatBook, id: string): Found | undefined {
  const address = parseAddress(id.split('_')[1] ?? '')
  if (!address) return undefined
  const chat = book.look(address)
  const message = book.find(chat, id)
  return message && { chat, message }
}

/** Leaves on a message what happened to it. */
export function leave(book: ChatBook, { chat, message }: Found, by: string, change: Change): void {
  switch (change.type) {
    case 'reaction':
      message.reactions ??= new Map()
      set(message.reactions, by, change.emoji === '' ? undefined : change.emoji)
      return
    case 'poll-vote':
      message.votes ??= new Map()
      set(message.votes, by, change.options.length === 0 ? undefined : change.options)
      return
    case 'edited':
      message.edited = change.body
      return
    case 'deleted':
      message.deleted = true
      return
    case 'dropped':
      book.drop(chat, message)
  }
}

function set<T>(marks: Map<string, T>, by: string, value: T | undefined): void {
  if (value === undefined) marks.delete(by)
  else marks.set(by, value)
}

/** Puts back what the phone remembers. */
export function recallChange(book: ChatBook, address: Address, { messageId, by, change }: ChangeRecord): void {
  const chat = book.look(address)
  const message = book.find(chat, messageId)
  if (message) leave(book, { chat, message }, by, change)
}
