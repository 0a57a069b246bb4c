import type { SentAnswer, SentQuery } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { callFailure } from '../mapping/failures.ts'
import { formatMessageId, parseMessageId } from '../mapping/ids.ts'
import { isWritten } from '../mapping/kinds.ts'
import { findMessage, readChat } from '../page/messages.ts'
import type { Addresses } from '../session/addresses.ts'
import type { PageAccess } from '../session/page-access.ts'
import { found, matchSent } from './matching.ts'

export interface LookerOptions {
  readonly page: PageAccess
  readonly addresses: Addresses
  readonly lookMs: number
  /** What was handed to the page before this moment may have been lost with a browser that was killed. Milliseconds. */
  readonly doubtUntil: () => number
  /** The page has taken what was to be sent up to now. */
  readonly settled: () => Promise<void>
  /** A message that is not there may still come. */
  readonly isHung: () => boolean
}

/** How far back a chat is read. */
const limit = 1_000

/** Looks into chats: what became of a message, and which one is the newest. */
export class Looker {
  readonly #options: LookerOptions

  constructor(options: LookerOptions) {
    this.#options = options
  }

  async findSent(query: SentQuery): Promise<SentAnswer> {
    try {
      await this.#options.settled()
      const { messageId } = query
      const answer = messageId === undefined ? await this.#byContent(query) : await this.#byId(query, messageId)
      if (answer.outcome !== 'absent' || !this.#options.isHung()) return await this.#canonical(answer)
      return { outcome: 'inconclusive', reason: 'the page still works on a send that was given up' }
    } catch (error) {
      return { outcome: 'inconclusive', reason: messageOf(error) }
    }
  }

  async newestMessageId(chatId: string): Promise<string | null> {
    const { page, addresses, lookMs, settled } = this.#options
    page.require()
    try {
      await settled()
      const until = { anchors: [], since: 0, limit: 1 }
      const view = await page.ask(lookMs, 'looking into a chat', readChat, await addresses.forms(chatId), until)
      const newest = view?.messages.findLast(isWritten)
      return newest ? await addresses.canonicalId(newest.id._serialized) : null
    } catch (error) {
      throw callFailure(error)
    }
  }

  /**
   * The page stores a message before it sends it: what it does not have under its id, it never took. After a browser that was
   * killed its chat has to show as well that nothing of the kind left.
   */
  async #byId(query: SentQuery, messageId: string): Promise<SentAnswer> {
    const { page, addresses, lookMs, doubtUntil } = this.#options
    const { chatId, notBefore } = query
    const forms = new Set(await addresses.idForms(messageId))
    // The chat may be asked for by an address that its own id does not lead to.
    const parsed = parseMessageId(messageId)
    if (parsed) for (const it of await addresses.forms(chatId)) forms.add(formatMessageId({ ...parsed, chatId: it }))
    const message = await page.ask(lookMs, 'looking for a message', findMessage, [...forms])
    if (message) return found([message])
    return notBefore < doubtUntil() ? this.#byContent(query) : { outcome: 'absent' }
  }

  async #byContent(query: SentQuery): Promise<SentAnswer> {
    const { page, addresses, lookMs } = this.#options
    const anchors = typeof query.anchor === 'string' ? await addresses.idForms(query.anchor) : []
    // Without an anchor, a chat that is read back to a moment before the send is enough; with none before, all of it.
    const since = query.anchor === undefined ? Math.floor(query.notBefore / 1_000) - 2 : 0
    const until = { anchors, since, limit }
    const view = await page.ask(lookMs, 'looking into a chat', readChat, await addresses.forms(query.chatId), until)
    if (view) return matchSent(query, view, anchors)
    // There was a newest message, so there must be a chat.
    if (anchors.length > 0) return { outcome: 'inconclusive', reason: 'the chat is not to be seen' }
    return { outcome: 'absent' }
  }

  async #canonical(answer: SentAnswer): Promise<SentAnswer> {
    if (answer.outcome !== 'found') return answer
    const { addresses } = this.#options
    const matches = []
    for (const it of answer.matches) matches.push({ ...it, messageId: await addresses.canonicalId(it.messageId) })
    return { outcome: 'found', matches }
  }
}
