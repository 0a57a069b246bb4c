import { cardText, fail, mediaHash } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import type { Behaviour, ChatSummary, ChatView, Control, Deed, Delivery, PhoneView, Scan } from '../contract.ts'
import { type Address, parseAddress } from './addresses.ts'
import { Agenda } from './agenda.ts'
import { Behaviours } from './behaviour.ts'
import { Changes } from './changes.ts'
import type { Clock } from './clock.ts'
import { type Content, textOf } from './content.ts'
import { Deeds } from './deeds.ts'
import { FileStore } from './file-store.ts'
import { findSent, newestOf, type Sight } from './find-sent.ts'
import { type AutoAnswer, Incoming } from './incoming.ts'
import type { Journal } from './journal.ts'
import { LinkedSession, notConnected } from './linked-session.ts'
import { Linker } from './linker.ts'
import type { Answer, Opening, Operation, Outcome, Report, Session } from './operations.ts'
import { Outbox } from './outbox.ts'
import type { Phone } from './phone.ts'
import { Phones } from './phones.ts'
import { Transfers } from './transfers.ts'
import { stanzaSource, type World } from './world.ts'

/** Bytes of files that a network keeps in memory, all phones together. */
const FILES_LIMIT = 256 * 1_048_576

export interface NetworkOptions {
  readonly clock: Clock
  readonly journal: Journal
  /** Tells this network from every other, its own earlier lives included: ids and pairings are drawn from it. */
  readonly identity: string
  /** How every phone behaves until `control` says otherwise. */
  readonly behaviour: Behaviour
  /** Phone numbers, digits only, that nobody has. Every other plausible number is somebody's. */
  readonly unregistered?: readonly string[]
  /** How many messages each phone remembers. */
  readonly historyLimit: number
  readonly answer?: AutoAnswer | undefined
  /** Told of what goes wrong where nobody waits for an answer. */
  readonly onProblem?: (message: string) => void
}

/**
 * A whole WhatsApp network in one object: phones, the pages linked to them, the people they write to, and every way in
 * which that goes wrong. It does nothing by chance: the same calls with the same seed and clock have the same outcome.
 *
 * It never drops a message because it has seen its id: whatever is accepted stands in the journal, duplicates too.
 */
export class VirtualNetwork {
  readonly #world: World
  readonly #behaviours: Behaviours
  readonly #phones: Phones
  readonly #outbox: Outbox
  readonly #linker: Linker
  readonly #incoming: Incoming
  readonly #changes: Changes
  readonly #deeds: Deeds
  readonly #files: FileStore
  readonly #transfers: Transfers

  constructor({ clock, journal, identity, behaviour, historyLimit, unregistered, answer, onProblem }: NetworkOptions) {
    const nobody = new Set(unregistered)
    this.#world = {
      clock,
      agenda: new Agenda(clock),
      journal,
      identity,
      exists: ({ isGroup, digits }) => isGroup || !nobody.has(digits),
      drawStanza: stanzaSource(identity),
      attempt(work) {
        try {
          work()
        } catch (error) {
          onProblem?.(messageOf(error))
        }
      },
    }
    this.#behaviours = new Behaviours(behaviour)
    this.#phones = new Phones(this.#world, this.#behaviours, historyLimit)
    this.#outbox = new Outbox({ world: this.#world, taken: (departure) => this.#incoming.arrive(departure) })
    this.#linker = new Linker(this.#world, this.#phones, this.#outbox)
    this.#incoming = new Incoming(this.#world, this.#phones, answer)
    this.#changes = new Changes(this.#world, this.#phones)
    this.#deeds = new Deeds(this.#changes, this.#incoming, (text) => this.#person(text))
    this.#files = new FileStore(FILES_LIMIT)
    this.#transfers = new Transfers(this.#files)
  }

  /** Connects an account to its page. A session that was there before is dropped: a page has one window. */
  open(opening: Opening, report: Report): Session {
    const phone = this.#phones.get(opening.instance)
    phone.session?.drop('the account was connected from elsewhere')
    const session = new LinkedSession(phone, opening, report, {
      connect: () => this.#linker.connect(session),
      perform: (operation, answer) => this.#perform(session, operation, answer),
    })
    phone.session = session
    queueMicrotask(() => session.wake())
    return session
  }

  control(control: Control): { instance: string | null; behaviour: Behaviour } {
    const { instance, disconnect } = control
    this.#behaviours.change(control, this.#world.clock.now())
    if (disconnect !== undefined) this.#cutOff(instance, typeof disconnect === 'number' ? disconnect : 0)
    for (const phone of this.#phones.all()) {
      if (instance === undefined || phone.instance === instance) this.#behave(phone, control)
    }
    const behaviour = instance === undefined ? this.#behaviours.all : this.#behaviours.of(instance)
    return { instance: instance ?? null, behaviour }
  }

  /** A virtual person writes. */
  deliver(delivery: Delivery): { messageId: string; timestamp: number } {
    const { instance, from, group, quotedMessageId } = delivery
    const phone = this.#phones.known(instance)
    const writer = this.#person(from)
    const chat = group === undefined ? writer : addressOf(group)
    if (group !== undefined && !chat.isGroup) throw fail('WAQ_CHAT_ID_INVALID', `'${group}' is not the id of a group`)
    return this.#incoming.receive(phone, { chat, writer, content: this.#contentOf(delivery), quotedMessageId })
  }

  /** People, or the phone of an account itself, do something. */
  phone(deed: Deed): { messageId: string; timestamp: number } {
    return this.#deeds.perform(this.#phones.known(deed.instance), deed)
  }

  /** The phone takes up the link that its page offers. */
  scan(scan: Scan): { number: string } {
    return { number: this.#linker.scan(scan).number }
  }

  phones(): PhoneView[] {
    return this.#phones.all().map((it) => it.view())
  }

  chats(instance: string, limit: number): ChatSummary[] {
    return this.#phones.known(instance).book.summaries(limit)
  }

  chat(instance: string, partner: string, limit: number): ChatView {
    const address = addressOf(partner)
    const { book } = this.#phones.known(instance)
    const { typing } = book.look(address)
    return { chatId: address.chatId, typing, items: book.messages(address, limit) }
  }

  /** Whatever a page still held is gone with the network. */
  close(): void {
    for (const phone of this.#phones.all()) {
      phone.session?.drop('the network was closed')
      this.#outbox.cancel(phone)
    }
    this.#world.agenda.close()
    this.#world.journal.close()
  }

  #perform(session: LinkedSession, operation: Operation, answer: Answer): void {
    const { phone, state } = session
    if (state !== 'ready' && operation.do !== 'ping' && operation.do !== 'code') {
      answer(notConnected(state))
    } else if (operation.do === 'send') {
      this.#outbox.send(phone, operation, answer)
    } else if (operation.do === 'logout') {
      answer({ ok: null })
      session.close()
      this.#linker.unlink(phone)
    } else {
      answer(this.#outcome(session, operation))
    }
  }

  #outcome(session: LinkedSession, operation: Exclude<Operation, { do: 'send' | 'logout' }>): Outcome {
    if (operation.do === 'ping') return { ok: null }
    if (operation.do === 'code') return this.#linker.showCode(session, operation.phoneNumber)
    if (operation.do === 'upload') return this.#transfers.upload(operation)
    if (operation.do === 'download') return this.#transfers.download(session.phone, operation)
    if (operation.do === 'act') return this.#changes.act(session.phone, operation.action)
    const address = parseAddress(operation.chatId)
    if (operation.do === 'resolve') return { ok: address && this.#world.exists(address) ? address.chatId : null }
    const { behaviour, book } = session.phone
    const { history, clockShiftMs } = behaviour
    const now = this.#world.clock.monotonic()
    const sight: Sight = { history, clockShiftMs, now, forgottenIds: book.forgottenIds }
    if (operation.do === 'newest') return { ok: (address && newestOf(book.look(address), sight)?.id) ?? null }
    return { ok: address ? findSent(book.look(address), operation, sight) : { outcome: 'absent' } }
  }

  /** @throws WaqtorError WAQ_CHAT_ID_INVALID (400) */
  #person(text: string): Address {
    const address = addressOf(text)
    if (!address.isGroup && this.#world.exists(address)) return address
    throw fail('WAQ_CHAT_ID_INVALID', `'${text}' is not a person on WhatsApp`)
  }

  #contentOf({ text = '', media, card }: Delivery): Content {
    if (card) return { ...textOf(cardText(card)), kind: card.kind, card }
    if (!media) return textOf(text)
    const data = Buffer.from(media.data, 'base64')
    const { kind, mimeType, filename } = media
    const file = { sha256: mediaHash(data), mimeType, bytes: data.byteLength, filename }
    this.#files.put(file.sha256, data)
    return { ...textOf(text), kind, file }
  }

  #behave(phone: Phone, { seed, disconnect, logout }: Control): void {
    const before = phone.behaviour.restrict
    phone.behaviour = this.#behaviours.of(phone.instance)
    if (seed !== undefined) phone.book.restartDraws()
    const { restrict } = phone.behaviour
    if (restrict !== null && before === null && phone.connected) {
      phone.session?.tell({ type: 'restricted', reason: restrict })
    }
    if (logout === true) this.#linker.unlink(phone)
    else if (disconnect !== undefined && disconnect !== false) phone.session?.drop('the connection was lost')
    this.#wake(phone)
  }

  #cutOff(instance: string | undefined, ms: number): void {
    this.#phones.cutOff(instance, ms)
    if (ms === 0) return
    this.#world.agenda.in(ms, () => {
      for (const phone of this.#phones.all()) this.#wake(phone)
    })
  }

  #wake(phone: Phone): void {
    phone.session?.wake()
    if (!phone.awake) return
    for (const departure of phone.stalled.splice(0)) this.#outbox.leave(departure)
  }
}

function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (!address) throw fail('WAQ_CHAT_ID_INVALID', `'${text}' is neither a phone number nor a chat id`)
  return address
}
