import type { IncomingMessage, TransportFact } from '@waqtor/contracts'
import type { InboxFile } from '../files/inbox-file.ts'
import { Lane } from '../library/lane.ts'
import type { Client, LibraryReaction, LibraryVote } from '../library/library.ts'
import { type AckBook, toAck } from '../mapping/acks.ts'
import { addressOf, isChat, parseMessageId } from '../mapping/ids.ts'
import { type Me, toIncoming } from '../mapping/incoming.ts'
import type { RawMessage, Wid } from '../page/globals.ts'
import { readRecent } from '../page/messages.ts'
import type { Addresses } from './addresses.ts'
import type { PageAccess } from './page-access.ts'

export interface ReceiverOptions {
  readonly page: PageAccess
  readonly addresses: Addresses
  readonly inbox: InboxFile
  readonly acks: AckBook
  readonly lookMs: number
  readonly report: (fact: TransportFact) => void
  /** A send that is under way takes the acknowledgements of its message itself. */
  readonly takenBySend: (wireId: string, messageId: string) => boolean
  /** Messages that this connection has written: they are no news. */
  readonly isOwn: (wireId: string) => boolean
  /** Resolves once the page has taken what was to be sent up to now. */
  readonly settled: () => Promise<void>
  /** One message could not be read; the others go on. */
  readonly failed: (error: unknown) => void
  /** Something came from the network. */
  readonly heard: () => void
}

/** Messages of the last while are read again at a start; clocks differ, and seconds are coarse. */
const overlapSeconds = 120
const recentLimit = 2_000

/** Turns what the library emits into facts: in order, each once, people by their numbers. */
export class Receiver {
  readonly #options: ReceiverOptions
  /** Nothing is told before it is told that the account is ready. */
  readonly #lane = new Lane()
  readonly #begun = Promise.withResolvers<Me>()
  readonly #said = new Map<string, string>()

  constructor(options: ReceiverOptions) {
    this.#options = options
    void this.#lane.run(() => this.#begun.promise)
    const { client } = options.page
    this.#listen(client)
  }

  /** What came in before is told now, and what came in while nobody listened. */
  begin(me: Me): void {
    const { inbox } = this.#options
    inbox.begin(Math.floor(Date.now() / 1_000))
    this.#begun.resolve(me)
    this.again()
  }

  /** The page has been loaded anew: what came in meanwhile it does not tell by itself. */
  again(): void {
    // Taken now: what waits in line is newer than what was missed.
    const since = this.#options.inbox.newest - overlapSeconds
    this.#take(() => this.#catchUp(since))
  }

  async #catchUp(since: number): Promise<void> {
    const { page, lookMs } = this.#options
    const read = () => page.ask(lookMs, 'reading what is new', readRecent, since, recentLimit)
    // A page that is busy with its own start may be too slow once.
    const recent = await read().catch(read)
    for (const raw of recent) {
      await this.#message(raw)
      if (raw.id.fromMe) await this.#ack(raw, raw.ack ?? 0)
    }
  }

  #listen(client: Client): void {
    client.on('message_create', (message) => this.#take(() => this.#message(message._data)))
    client.on('message_ack', (message, ack) => this.#take(() => this.#ack(message._data, ack)))
    client.on('message_edit', ({ _data }, body) => this.#take(() => this.#edited(_data, body)))
    client.on('message_revoke_everyone', ({ _data }) => this.#take(() => this.#deleted(_data)))
    client.on('message_reaction', (reaction) => this.#take(() => this.#reaction(reaction)))
    client.on('vote_update', (vote) => this.#take(() => this.#vote(vote)))
  }

  #take(work: () => Promise<void>): void {
    this.#options.heard()
    // One message in a shape that nobody knows is not to keep the others away.
    void this.#lane.run(work).catch(this.#options.failed)
  }

  async #message(raw: RawMessage): Promise<void> {
    const message = toIncoming(raw, await this.#begun.promise)
    if (!message || (message.fromMe && (await this.#isOwn(raw.id.id)))) return
    const { page, addresses, inbox, report } = this.#options
    const key = `${raw.id.fromMe}_${raw.id.id}`
    if (inbox.has(key)) return
    const { messageId, chatId, from, author, quotedMessageId } = message
    const canonical: IncomingMessage = {
      ...message,
      messageId: await addresses.canonicalId(messageId),
      chatId: await addresses.canonical(chatId),
      from: await addresses.canonical(from),
      ...(author !== undefined && { author: await addresses.canonical(author) }),
      ...(quotedMessageId !== undefined && { quotedMessageId: await addresses.canonicalId(quotedMessageId) }),
    }
    // Noted and told in one go: what is noted by a connection that ends meanwhile would never be told.
    page.require()
    inbox.take(key, raw.t)
    report({ type: 'message', message: canonical })
  }

  /** A message that got another id than the one drawn for it is known once the page has handed it back. */
  async #isOwn(wireId: string): Promise<boolean> {
    const { isOwn, settled } = this.#options
    if (isOwn(wireId)) return true
    await settled()
    return isOwn(wireId)
  }

  async #ack(raw: RawMessage, value: number): Promise<void> {
    if (!raw.id.fromMe || !isChat(parseMessageId(raw.id._serialized)?.chatId ?? '')) return
    const { acks, addresses, report, takenBySend } = this.#options
    const messageId = await addresses.canonicalId(raw.id._serialized)
    const ack = toAck(value)
    if (!acks.advance(messageId, ack) || takenBySend(raw.id.id, messageId)) return
    report({ type: 'ack', messageId, ack })
  }

  async #edited(raw: RawMessage, body: string): Promise<void> {
    const change = await this.#change(raw.id._serialized, await this.#writer(raw))
    if (change && this.#isNews(`edited ${change.messageId}`, body))
      this.#options.report({ ...change, type: 'edited', body })
  }

  async #deleted(raw: RawMessage): Promise<void> {
    const change = await this.#change(raw.id._serialized, await this.#writer(raw))
    if (change && this.#isNews(`deleted ${change.messageId}`, '')) this.#options.report({ ...change, type: 'deleted' })
  }

  async #reaction({ msgId, senderId, reaction, timestamp }: LibraryReaction): Promise<void> {
    const change = await this.#change(msgId._serialized, senderId, timestamp)
    const emoji = reaction ?? ''
    if (change && this.#isNews(`reaction ${change.messageId} ${change.from}`, emoji)) {
      this.#options.report({ ...change, type: 'reaction', emoji })
    }
  }

  async #vote({ parentMsgKey, voter, selectedOptions, interractedAtTs }: LibraryVote): Promise<void> {
    const from = addressOf(voter as string | Wid)
    const change = from && (await this.#change(parentMsgKey._serialized, from, interractedAtTs))
    if (!change) return
    const options = selectedOptions.flatMap(({ name }) => (name === undefined ? [] : [name]))
    if (this.#isNews(`vote ${change.messageId} ${change.from}`, JSON.stringify(options))) {
      this.#options.report({ ...change, type: 'poll-vote', options })
    }
  }

  async #writer(raw: RawMessage): Promise<string> {
    const me = await this.#begun.promise
    return raw.id.fromMe ? me.pn : (addressOf(raw.author) ?? addressOf(raw.from) ?? me.pn)
  }

  /** @param time as the library has it: seconds, milliseconds, or nothing usable */
  async #change(messageId: string, by: string, time = 0) {
    const chatId = parseMessageId(messageId)?.chatId
    if (!chatId || !isChat(chatId)) return undefined
    const { addresses } = this.#options
    return {
      messageId: await addresses.canonicalId(messageId),
      chatId: await addresses.canonical(chatId),
      from: await addresses.canonical(by),
      timestamp: toMilliseconds(time) ?? Date.now(),
    }
  }

  /** The page tells the same change several times, also after a reload. */
  #isNews(what: string, value: string): boolean {
    if (this.#said.get(what) === value) return false
    this.#said.delete(what)
    this.#said.set(what, value)
    if (this.#said.size > 5_000) this.#said.delete(this.#said.keys().next().value!)
    return true
  }
}

function toMilliseconds(time: number): number | undefined {
  if (!Number.isFinite(time) || time <= 0) return undefined
  return Math.round(time < 100_000_000_000 ? time * 1_000 : time)
}
