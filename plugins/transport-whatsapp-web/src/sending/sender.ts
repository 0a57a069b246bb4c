import { type Ack, type OutgoingMessage, type SendReceipt, TransportError } from '@waqtor/contracts'
import type { End } from '../library/end.ts'
import type { Gate } from '../library/gate.ts'
import { Lane } from '../library/lane.ts'
import type { Library } from '../library/library.ts'
import { limited, TimeLimitError } from '../library/limited.ts'
import { type AckBook, toAck } from '../mapping/acks.ts'
import { sendFailure } from '../mapping/failures.ts'
import { drawId, isGroup, parseMessageId } from '../mapping/ids.ts'
import { forwardMessage } from '../page/actions.ts'
import { armNextId, disarmNextId } from '../page/drawn-id.ts'
import type { RawMessage } from '../page/globals.ts'
import { type Preflight, preflight } from '../page/preflight.ts'
import type { Addresses } from '../session/addresses.ts'
import type { Numbers } from '../session/numbers.ts'
import type { PageAccess } from '../session/page-access.ts'
import type { AckWaits } from './ack-waits.ts'
import { type ContentLimits, checkContent, toContent } from './content.ts'

export interface SenderLimits extends ContentLimits {
  readonly textMs: number
  readonly mediaMs: number
  readonly lookMs: number
  readonly ackMs: number
}

export interface SenderOptions {
  readonly library: Library
  readonly page: PageAccess
  readonly addresses: Addresses
  readonly numbers: Numbers
  readonly acks: AckBook
  readonly waits: AckWaits
  readonly limits: SenderLimits
  /** One file at a time on this machine: each is in memory several times over. */
  readonly mediaGate: Gate
  /** Throws while WhatsApp restricts the account, which the page's state tells. */
  readonly checkAllowed: (state: string | null) => void
  /** Of the connection. */
  readonly end: End
  /** The page gave a message another id than the one drawn for it. */
  readonly idNotHonoured: () => void
  /** The page holds on to a send that was given up, and may let it go at any time: only a new page is safe. */
  readonly stuck: () => void
}

/** How long the page may hold on to a send that was given up. */
const stuckMs = 30_000
const ownLimit = 5_000

/** Hands messages to the page: one after another, each once. */
export class Sender {
  readonly #options: SenderOptions
  readonly #lane = new Lane()
  /** As long as the page has not taken a message, a look into its chat would miss it. */
  readonly #inPage = new Lane()
  readonly #own = new Set<string>()
  /** Sends that took too long, and that the page still works on. */
  readonly #hung = new Set<Promise<unknown>>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  isOwn(wireId: string): boolean {
    return this.#own.has(wireId)
  }

  /** A message that is not in its chat may still come: the page works on a send that was given up. */
  get isHung(): boolean {
    return this.#hung.size > 0
  }

  /** When the page last took a message, by the monotonic clock. */
  lastAt = 0

  async send(message: OutgoingMessage): Promise<SendReceipt> {
    checkContent(message, this.#options.limits)
    this.#options.page.require()
    const taken = Promise.withResolvers<void>()
    void this.#inPage.run(() => taken.promise)
    return this.#lane.run(() => this.#send(message, taken.resolve).finally(taken.resolve))
  }

  /** Resolves once the page has taken, or has not taken, what was to be sent up to now. */
  settled(): Promise<void> {
    return this.#inPage.idle()
  }

  /** Does something to the page in the turn of the sends. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#lane.run(work)
  }

  async #send(message: OutgoingMessage, taken: () => void): Promise<SendReceipt> {
    const { waits, acks, limits, end, addresses } = this.#options
    const drawn = message.messageId === undefined ? drawId() : (parseMessageId(message.messageId)?.id ?? drawId())
    const { found, isArmed } = await this.#prepare(message, drawn)
    if (found) return this.#receipt(found)
    const wait = waits.begin(drawn)
    this.#keep(drawn)
    try {
      const raw = await this.#handOver(message, drawn, isArmed)
      taken()
      this.lastAt = performance.now()
      const messageId = await addresses.canonicalId(raw.id._serialized)
      this.#keep(raw.id.id)
      const isAccepted = toAck(raw.ack) > 0 || acks.get(messageId) > 0
      // Only the word of the server: that people have it, and have read it, comes as facts.
      const ack = (isAccepted ? 1 : Math.min(await wait.first(limits.ackMs, end), 1)) as Ack
      acks.advance(messageId, ack)
      if (ack === -1) throw new TransportError('refused', 'WhatsApp did not take the message')
      return { messageId, timestamp: raw.t * 1_000, ack }
    } catch (error) {
      throw sendFailure(error)
    } finally {
      wait.end()
    }
  }

  /** Whatever throws here proves that nothing has left. Answers the message when the page has it already. */
  async #prepare(message: OutgoingMessage, drawn: string): Promise<Pick<Preflight, 'found' | 'isArmed'>> {
    const { page, addresses, numbers, limits, checkAllowed } = this.#options
    const { chatId, messageId } = message
    try {
      page.require()
      if (this.isHung) {
        this.#options.stuck()
        throw new TransportError('not-connected', 'the page hangs, and is started anew')
      }
      const chatIds = await addresses.forms(chatId)
      const ids = messageId === undefined ? [] : await addresses.idForms(messageId, chatIds)
      const { state, isInjected, found, hasChat, isArmed } = await page.ask(
        limits.lookMs,
        'preparing a send',
        preflight,
        ids,
        chatIds,
        drawn,
      )
      if (found) return { found, isArmed }
      checkAllowed(state)
      if (!isInjected) throw new TransportError('not-connected', 'the page is loading')
      if (state !== 'CONNECTED')
        throw new TransportError('not-connected', `no line to WhatsApp at the moment (${state})`)
      // Asking for the number also has the page learn under which identity it is to be written to.
      if (!hasChat && chatId.endsWith('@c.us') && (await numbers.resolve(chatId)) === null) {
        throw new TransportError('invalid-number', `${chatId} is not on WhatsApp`)
      }
      return { found, isArmed }
    } catch (error) {
      if (error instanceof TransportError && error.failure !== 'unknown') throw error
      // The page hangs or is gone. It has not been given anything; but whether an earlier send has left it is not known here.
      // Once it gets to it, it is not to choose an id that nobody sends any more. What it is asked it does in order.
      void page.ask(limits.lookMs, 'forgetting an id', disarmNextId).catch(() => {})
      throw sendFailure(error)
    }
  }

  async #handOver(message: OutgoingMessage, drawn: string, wasArmed: boolean): Promise<RawMessage> {
    const { page, limits, end, mediaGate, idNotHonoured } = this.#options
    let isArmed = wasArmed || (await page.ask(limits.lookMs, 'choosing an id', armNextId, drawn))
    try {
      const ms = message.media || message.forwardOf ? limits.mediaMs : limits.textMs
      const handed = () => end.race(this.#limited(ms, this.#call(message, drawn)))
      const raw = await (message.media ? mediaGate.run(handed) : handed())
      if (!raw) throw new TransportError('unknown', 'the page took the message and did not say what became of it')
      // The page let go of it as it took it.
      if (raw.id.id === drawn) isArmed = false
      else idNotHonoured()
      return raw
    } finally {
      // A send that has failed early would leave its id to the next message.
      if (isArmed) await page.ask(limits.lookMs, 'forgetting an id', disarmNextId).catch(() => {})
    }
  }

  async #limited<T>(ms: number, work: Promise<T>): Promise<T> {
    try {
      return await limited(ms, 'taking a message into the page', work)
    } catch (error) {
      if (error instanceof TimeLimitError) this.#watchHung(work)
      throw error
    }
  }

  #watchHung(work: Promise<unknown>): void {
    this.#hung.add(work)
    const timer = setTimeout(this.#options.stuck, stuckMs)
    const undo = this.#options.end.whenOver(() => clearTimeout(timer))
    const over = () => {
      clearTimeout(timer)
      undo()
      this.#hung.delete(work)
    }
    work.then(over, over)
  }

  #keep(wireId: string): void {
    this.#own.add(wireId)
    if (this.#own.size > ownLimit) this.#own.delete(this.#own.values().next().value!)
  }

  async #call(message: OutgoingMessage, drawn: string): Promise<RawMessage | null | undefined> {
    const { page, library, addresses } = this.#options
    const { chatId, forwardOf, quotedMessageId } = message
    if (forwardOf !== undefined) {
      const forms = await addresses.idForms(forwardOf)
      const raw = await page.require().evaluate(forwardMessage, chatId, forms, drawn)
      if (raw === 'missing') throw new TransportError('refused', `the message '${forwardOf}' is not there any more`)
      return raw
    }
    const quoted = quotedMessageId === undefined ? undefined : await this.#formInPage(quotedMessageId)
    const { content, options } = toContent(message, library, quoted)
    return (await page.client.sendMessage(chatId, content, options))?._data
  }

  /** The id under which the page has a message. @throws TransportError refused when it does not have it */
  async #formInPage(messageId: string): Promise<string> {
    const { page, addresses, limits } = this.#options
    const forms = await addresses.idForms(messageId)
    const { found, isInjected } = await page.ask(limits.lookMs, 'looking for a message', preflight, forms, [])
    if (!isInjected) throw new TransportError('not-connected', 'the page is loading')
    if (!found) throw new TransportError('refused', `the quoted message '${messageId}' is not there any more`)
    return found.id._serialized
  }

  /** Of a message that the page had before it was asked to send it. */
  async #receipt(raw: RawMessage): Promise<SendReceipt> {
    const ack = toAck(raw.ack)
    if (ack === -1) throw new TransportError('refused', 'WhatsApp did not take the message')
    this.#keep(raw.id.id)
    return { messageId: await this.#options.addresses.canonicalId(raw.id._serialized), timestamp: raw.t * 1_000, ack }
  }
}

/** The whole id of a message that is yet to be sent. In groups the page adds who writes. */
export function drawMessageId(chatId: string, me: string | undefined): string {
  const author = isGroup(chatId) && me !== undefined ? `_${me}` : ''
  return `true_${chatId}_${drawId()}${author}`
}
