import { bodyHash, type SentAnswer, type SentQuery } from '@waqtor/contracts'
import { toAck } from '../mapping/acks.ts'
import { hasMedia, isWritten, kindOf, textOf } from '../mapping/kinds.ts'
import type { RawMessage } from '../page/globals.ts'
import type { ChatView } from '../page/messages.ts'

/** WhatsApp makes these files anew before it sends them: their bytes are not those that were handed in. */
const remade: ReadonlySet<string> = new Set(['image', 'video', 'sticker', 'voice', 'audio'])

/** The hash of what a message says, as `bodyHash` makes it of what is sent. */
export function hashOf(message: RawMessage): string {
  const text = textOf(message)
  if (!hasMedia(message)) return bodyHash(text)
  return bodyHash(text, { sha256: Buffer.from(message.filehash ?? '', 'base64').toString('hex') })
}

/**
 * What a chat shows of a message without an id: own messages after the anchor with the same words and file.
 * @param anchors the forms of the anchor's id; empty when there was none
 */
export function matchSent(query: SentQuery, view: ChatView, anchors: readonly string[]): SentAnswer {
  const { messages, isWhole } = view
  const place = messages.findLastIndex((it) => anchors.includes(it.id._serialized))
  if (anchors.length > 0 && place < 0)
    return { outcome: 'inconclusive', reason: 'the anchor is not to be seen in the chat' }
  const reachesBack =
    anchors.length > 0 ||
    isWhole ||
    (query.anchor === undefined && (messages[0]?.t ?? Number.POSITIVE_INFINITY) * 1_000 < query.notBefore - 1_000)
  const earliest = Math.floor(query.notBefore / 1_000)
  const own = messages.slice(place + 1).filter((it) => it.id.fromMe && isWritten(it) && it.t >= earliest)
  // What the server has refused did not leave.
  const matches = own.filter((it) => hashOf(it) === query.bodyHash && toAck(it.ack) !== -1)
  if (matches.length > 0) return found(matches)
  if (!reachesBack) return { outcome: 'inconclusive', reason: 'the history of the chat is not complete' }
  // A text with the same words as a caption is another message; any other file may be the one, made anew.
  const doubtful = own.some(
    (it) =>
      hasMedia(it) && remade.has(kindOf(it.type)) && toAck(it.ack) !== -1 && bodyHash(textOf(it)) !== query.bodyHash,
  )
  if (doubtful) return { outcome: 'inconclusive', reason: 'WhatsApp makes files anew: one of the chat may be this one' }
  return { outcome: 'absent' }
}

export function found(messages: readonly RawMessage[]): SentAnswer {
  return {
    outcome: 'found',
    matches: messages.map((it) => ({ messageId: it.id._serialized, ack: toAck(it.ack), timestamp: it.t * 1_000 })),
  }
}
