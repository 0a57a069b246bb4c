import type { AddressBook } from '../files/address-book.ts'
import { formatMessageId, isGroup, type MessageId, parseMessageId } from '../mapping/ids.ts'
import type { Me } from '../mapping/incoming.ts'
import { askNumber, knownAddresses } from '../page/addresses.ts'
import type { PageAccess } from './page-access.ts'

/** How long a message may wait until it is known who wrote it. */
const knownMs = 2_000
const askMs = 10_000
/** Between two questions to WhatsApp about hidden identities: many of them look like a spammer's. */
const betweenQuestionsMs = 60_000

/** Writes people by their numbers, wherever these are known. */
export class Addresses {
  readonly #book: AddressBook
  readonly #page: PageAccess
  readonly #me: () => Me | undefined
  readonly #asked = new Set<string>()
  #nextQuestion = 0

  constructor(book: AddressBook, page: PageAccess, me: () => Me | undefined) {
    this.#book = book
    this.#page = page
    this.#me = me
  }

  /** The number behind a hidden identity where it is known, without asking anybody; everything else stays as it is. */
  async canonical(address: string): Promise<string> {
    if (!address.endsWith('@lid')) return address
    const kept = this.#book.numberOf(address)
    if (kept !== undefined) return kept
    const known = await this.#known(address)
    if (known !== undefined) return known
    void this.#askLater(address)
    return address
  }

  /** A message id with the number in it, where it is known. */
  async canonicalId(messageId: string): Promise<string> {
    const parsed = parseMessageId(messageId)
    if (!parsed) return messageId
    const { fromMe, author } = parsed
    const me = this.#me()
    const chatId = await this.canonical(parsed.chatId)
    return formatMessageId({ ...parsed, chatId, ...(fromMe && me && author === me.lid && { author: me.pn }) })
  }

  /** Under which addresses a chat may stand in the page. */
  async forms(chatId: string): Promise<string[]> {
    if (chatId.endsWith('@g.us')) return [chatId]
    if (chatId.endsWith('@lid')) {
      const pn = await this.canonical(chatId)
      return pn === chatId ? [chatId] : [pn, chatId]
    }
    const lid = this.#book.lidOf(chatId) ?? (await this.#knownLid(chatId))
    return lid === undefined ? [chatId] : [chatId, lid]
  }

  /**
   * Under which ids a message may stand in the page.
   * @param known the forms of its chat, where somebody has them already: the page need not be asked again
   */
  async idForms(messageId: string, known: readonly string[] = []): Promise<string[]> {
    const parsed = parseMessageId(messageId)
    if (!parsed) return [messageId]
    const chatIds = known.includes(parsed.chatId) ? known : await this.forms(parsed.chatId)
    const forms = this.#authors(parsed).flatMap((it) => chatIds.map((chatId) => formatMessageId({ ...it, chatId })))
    return [...new Set([messageId, ...forms])]
  }

  /** In groups the id tells who wrote, and an account has two names. */
  #authors(id: MessageId): MessageId[] {
    const me = this.#me()
    if (!id.fromMe || !isGroup(id.chatId) || !me) return [id]
    const { author: _, ...anonymous } = id
    return [id, anonymous, { ...id, author: me.pn }, ...(me.lid === null ? [] : [{ ...id, author: me.lid }])]
  }

  async #known(lid: string): Promise<string | undefined> {
    const found = await this.#page.ask(knownMs, 'looking up an address', knownAddresses, lid).catch(() => undefined)
    if (!found?.pn) return undefined
    this.#book.learn(lid, found.pn)
    return found.pn
  }

  async #knownLid(pn: string): Promise<string | undefined> {
    const found = await this.#page.ask(knownMs, 'looking up an address', knownAddresses, pn).catch(() => undefined)
    if (!found?.lid) return undefined
    this.#book.learn(found.lid, pn)
    return found.lid
  }

  async #askLater(lid: string): Promise<void> {
    const now = performance.now()
    if (this.#asked.has(lid) || now < this.#nextQuestion) return
    this.#asked.add(lid)
    this.#nextQuestion = now + betweenQuestionsMs
    await this.#page.ask(askMs, 'asking for a number', askNumber, lid).catch(() => null)
    await this.#known(lid)
  }
}
