import { randomBytes } from 'node:crypto'
import type { Wid } from '../page/globals.ts'

/** `true_<chat>_<id>`, and in groups `…_<author>`: what WhatsApp's page calls a message. */
export interface MessageId {
  readonly fromMe: boolean
  readonly chatId: string
  /** What travels over the wire. */
  readonly id: string
  readonly author?: string
}

const pattern = /^(true|false)_([^_]+@[^_]+)_([^_]+)(?:_(.+))?$/

export function parseMessageId(text: string): MessageId | undefined {
  const [, fromMe, chatId, id, author] = pattern.exec(text) ?? []
  if (!chatId || !id) return undefined
  return { fromMe: fromMe === 'true', chatId, id, ...(author !== undefined && { author }) }
}

export function formatMessageId({ fromMe, chatId, id, author }: MessageId): string {
  return `${fromMe}_${chatId}_${id}${author === undefined ? '' : `_${author}`}`
}

/** Looks like those that the page draws itself. */
export function drawId(): string {
  return `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
}

/** The address in what may be a text or an object of the page. */
export function addressOf(wid: string | Wid | undefined | null): string | undefined {
  if (typeof wid === 'string') return wid === '' ? undefined : wid
  return wid?._serialized
}

/** Chats with people and groups; not the broadcasts, channels and the like. */
export function isChat(chatId: string): boolean {
  return /^[0-9-]{3,40}@(c\.us|g\.us|lid)$/.test(chatId)
}

export function isGroup(chatId: string): boolean {
  return chatId.endsWith('@g.us')
}
