import type { Ack, ChatFact, ClientInfo, TransportFact } from '@waqtor/contracts'
import type { Behaviour, PhoneView } from '../contract.ts'
import type { ChatBook } from './chat-book.ts'
import type { Clock } from './clock.ts'
import type { LinkedSession } from './linked-session.ts'
import type { Departure } from './outbox.ts'

/** More than this is not kept for an account that stays away. */
const AWAY_LIMIT = 10_000

export interface PhoneStart {
  readonly instance: string
  readonly number: string
  readonly pairing: string | null
  readonly generation: number
  readonly book: ChatBook
  readonly behaviour: Behaviour
  readonly clock: Clock
}

/** One phone with WhatsApp on it, and the page that is linked to it, if any. */
export class Phone {
  readonly instance: string
  readonly book: ChatBook
  number: string
  /** Of the page that is linked; null when there is none. */
  pairing: string | null
  /** How often the phone was linked. */
  generation: number
  behaviour: Behaviour
  session: LinkedSession | undefined
  /** What the page holds and the network does not have yet. */
  readonly departing = new Set<Departure>()
  /** Those of them whose time has come while the page was cut off or hanging. */
  readonly stalled: Departure[] = []
  accepted = 0
  received = 0
  /** On the clock that only grows: until then the page has no network. */
  cutOffUntil = 0
  readonly #clock: Clock
  /** What the phone has for a page that is away. */
  readonly #awayAcks = new Map<string, Ack>()
  #awayFacts: Exclude<ChatFact, { type: 'ack' }>[] = []

  constructor({ clock, ...start }: PhoneStart) {
    this.instance = start.instance
    this.number = start.number
    this.pairing = start.pairing
    this.generation = start.generation
    this.book = start.book
    this.behaviour = start.behaviour
    this.#clock = clock
  }

  get chatId(): string {
    return `${this.number}@c.us`
  }

  get info(): ClientInfo {
    return { platform: 'simulator', phoneNumber: this.number, name: `Simulator ${this.instance}` }
  }

  /** By this phone's clock. */
  now(): number {
    return this.#clock.now() + this.behaviour.clockShiftMs
  }

  get cutOff(): boolean {
    return this.cutOffUntil > this.#clock.monotonic()
  }

  /** Something can happen here at the moment. */
  get awake(): boolean {
    return !this.behaviour.hang && !this.cutOff
  }

  get connected(): boolean {
    return this.session?.state === 'ready'
  }

  tellAck(messageId: string, ack: Ack): void {
    if (this.connected) {
      this.session!.tell({ type: 'ack', messageId, ack })
      return
    }
    this.#awayAcks.delete(messageId)
    this.#awayAcks.set(messageId, ack)
    const oldest = this.#awayAcks.keys().next()
    if (this.#awayAcks.size > AWAY_LIMIT && !oldest.done) this.#awayAcks.delete(oldest.value)
  }

  /** Tells of a message, or of what happened to one. */
  tell(fact: Exclude<ChatFact, { type: 'ack' }>): void {
    if (this.connected) this.session!.tell(fact)
    // What a phone gets while nothing is linked to it is not news to a page that is linked later.
    else if (this.pairing !== null && this.#awayFacts.length < AWAY_LIMIT) this.#awayFacts.push(fact)
  }

  /** The page went away before it heard of this. */
  missed(fact: TransportFact): void {
    switch (fact.type) {
      case 'ack':
        this.tellAck(fact.messageId, fact.ack)
        return
      case 'message':
      case 'reaction':
      case 'edited':
      case 'deleted':
      case 'poll-vote':
        this.tell(fact)
    }
  }

  /** Tells the page what it missed. */
  catchUp(): void {
    const facts = this.#awayFacts
    const acks = [...this.#awayAcks]
    this.#awayFacts = []
    this.#awayAcks.clear()
    for (const fact of facts) this.tell(fact)
    for (const [messageId, ack] of acks) this.tellAck(messageId, ack)
  }

  /** The page that was linked will not come back for what it missed. */
  forgetMissed(): void {
    this.#awayFacts = []
    this.#awayAcks.clear()
  }

  view(): PhoneView {
    const state = this.session?.state === 'pairing' ? 'pairing' : this.pairing === null ? 'unpaired' : 'paired'
    const { instance, number, connected, accepted, received, behaviour } = this
    const { name } = this.info
    return { instance, number, name, state, connected, accepted, pending: this.departing.size, received, behaviour }
  }
}
