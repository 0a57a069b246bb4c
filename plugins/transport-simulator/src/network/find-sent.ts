import type { SentAnswer } from '@waqtor/contracts'
import type { Behaviour } from '../contract.ts'
import { stanzaOf } from './addresses.ts'
import type { Chat, Message } from './chat-book.ts'
import { contentHash } from './content.ts'
import type { ForgottenIds } from './forgotten-ids.ts'
import type { FindOperation } from './operations.ts'

/** With `history: 'delayed'`, how long a chat lacks what the network has just taken. */
export const HISTORY_DELAY_MS = 30_000
const DAY_MS = 86_400_000

/** How much of a chat can be seen at the moment. */
export interface Sight {
  readonly history: Behaviour['history']
  /** On the clock that only grows. */
  readonly now: number
  /** By how much the clock of the network runs ahead of the asker's. */
  readonly clockShiftMs: number
  readonly forgottenIds: ForgottenIds
}

/**
 * Looks for a message in a chat, with no more than the chat shows. `absent` is a proof, given only where nothing
 * that was ever taken could have been missed; every doubt is `inconclusive`.
 */
export function findSent(chat: Chat, query: FindOperation, sight: Sight): SentAnswer {
  if (sight.history === 'empty') return inconclusive('the chat shows no history')
  const { messageId, anchor } = query
  const notBefore = query.notBefore + sight.clockShiftMs
  const shown = chat.messages.filter((it) => isShown(it, sight))
  const place = typeof anchor === 'string' ? lastWithStanza(shown, anchor) : -1

  // The network honours the id that it is given, so where there is one it alone decides.
  const alike =
    messageId === undefined
      ? shown.slice(place + 1).filter((it) => it.fromMe && contentHash(it) === query.bodyHash)
      : shown.filter((it) => it.fromMe && stanzaOf(it.id) === stanzaOf(messageId))
  const found = messageId === undefined ? alike.filter((it) => it.time >= notBefore) : alike
  if (found.length > 0) {
    return { outcome: 'found', matches: found.map(({ id, ack, time }) => ({ messageId: id, ack, timestamp: time })) }
  }

  if (shown.length < chat.messages.length) return inconclusive('the history is still being synchronised')
  if (!reachesBack(chat, query, place, notBefore, sight)) return inconclusive('the chat does not reach back far enough')
  // What stands behind the anchor came after it, whatever the clocks say; where no anchor is known, a day is doubt enough.
  const doubtful = anchor === undefined ? alike.filter((it) => it.time >= notBefore - DAY_MS) : alike
  if (doubtful.length > 0) return inconclusive('a like message seems older than the send: the clocks may differ')
  return { outcome: 'absent' }
}

/** True when a message that was sent then would have to be here: nothing that could be it was forgotten. */
function reachesBack(
  chat: Chat,
  { messageId, anchor }: FindOperation,
  place: number,
  notBefore: number,
  { forgottenIds }: Sight,
): boolean {
  if (messageId === undefined && typeof anchor === 'string') return place >= 0
  if (chat.forgottenUntil < notBefore) return true
  return messageId !== undefined && !forgottenIds.mayHold(stanzaOf(messageId), notBefore)
}

/** The newest message that the chat shows. */
export function newestOf(chat: Chat, sight: Sight): Message | undefined {
  return sight.history === 'empty' ? undefined : chat.messages.findLast((it) => isShown(it, sight))
}

/** What the page still holds it shows at once; what the network has may have to be synchronised first. */
function isShown({ settledAt }: Message, { history, now }: Sight): boolean {
  return history === 'full' || settledAt === null || settledAt <= now - HISTORY_DELAY_MS
}

function lastWithStanza(messages: readonly Message[], id: string): number {
  const stanza = stanzaOf(id)
  return messages.findLastIndex((it) => stanzaOf(it.id) === stanza)
}

function inconclusive(reason: string): SentAnswer {
  return { outcome: 'inconclusive', reason }
}
