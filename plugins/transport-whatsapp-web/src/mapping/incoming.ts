import type { IncomingMessage } from '@waqtor/contracts'
import type { RawMessage } from '../page/globals.ts'
import { addressOf, formatMessageId, isChat, isGroup, parseMessageId } from './ids.ts'
import { hasMedia, isWritten, kindOf, textOf } from './kinds.ts'

/** The addresses of this account itself. */
export interface Me {
  readonly pn: string
  readonly lid: string | null
}

/** What somebody wrote, as the page has it; nothing for notices and for what does not belong to a chat. */
export function toIncoming(raw: RawMessage, me: Me): IncomingMessage | undefined {
  const parsed = parseMessageId(raw.id._serialized)
  if (!parsed || !isChat(parsed.chatId) || !isWritten(raw)) return undefined
  const { chatId, fromMe } = parsed
  const group = isGroup(chatId)
  const writer = fromMe ? me.pn : (addressOf(raw.author) ?? addressOf(raw.id.participant) ?? addressOf(raw.from))
  const quotedMessageId = quotedId(raw, chatId, me)
  const mentionedIds = (raw.mentionedJidList ?? []).map(addressOf).filter((it) => it !== undefined)
  return {
    messageId: raw.id._serialized,
    chatId,
    from: fromMe ? me.pn : chatId,
    ...(group && writer !== undefined && { author: writer }),
    body: textOf(raw),
    kind: kindOf(raw.type),
    hasMedia: hasMedia(raw),
    isGroup: group,
    ...(fromMe && { fromMe }),
    ...(quotedMessageId !== undefined && { quotedMessageId }),
    ...(mentionedIds.length > 0 && { mentionedIds }),
    timestamp: raw.t * 1_000,
  }
}

/** The page names of a quoted message only what travels over the wire, and its author. */
function quotedId(raw: RawMessage, chatId: string, me: Me): string | undefined {
  const id = raw.quotedStanzaID
  if (!id) return undefined
  const author = addressOf(raw.quotedParticipant)
  const fromMe = author !== undefined && (author === me.pn || author === me.lid)
  return formatMessageId({ fromMe, chatId, id, ...(isGroup(chatId) && author !== undefined && { author }) })
}
