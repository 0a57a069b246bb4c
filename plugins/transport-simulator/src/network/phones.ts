import { fail } from '@waqtor/contracts'
import { parseAddress } from './addresses.ts'
import type { Behaviours } from './behaviour.ts'
import { ChatBook, type Message } from './chat-book.ts'
import { contentOf, type Kept, type PhoneRecord, type Reception } from './journal.ts'
import { recallChange } from './marks.ts'
import { Phone } from './phone.ts'
import { draw } from './random.ts'
import type { World } from './world.ts'

/** How many messages a restarted phone acknowledges once more, for the acknowledgements that its page may have missed. */
const REPEATED_ACKS = 1_000

/** Every phone of the network, made when it is first asked for. */
export class Phones {
  readonly #world: World
  readonly #behaviours: Behaviours
  readonly #seed: string
  readonly #historyLimit: number
  readonly #phones = new Map<string, Phone>()
  readonly #byNumber = new Map<string, Phone>()
  /** Until when pages are cut off, for phones that are made later too: by instance, and for all others. */
  readonly #cutOffs = new Map<string, number>()
  #cutOffAll = 0

  constructor(world: World, behaviours: Behaviours, historyLimit: number) {
    this.#world = world
    this.#behaviours = behaviours
    this.#seed = behaviours.all.seed
    this.#historyLimit = historyLimit
  }

  all(): Phone[] {
    return [...this.#phones.values()]
  }

  /** @throws WaqtorError WAQ_INSTANCE_UNKNOWN (404) when no such account ever connected */
  known(instance: string): Phone {
    const phone = this.#phones.get(instance)
    if (phone) return phone
    const known = [...this.#phones.keys()].sort().join("', '")
    const hint = known === '' ? 'no account has connected to the network yet' : `the network knows '${known}'`
    throw fail('WAQ_INSTANCE_UNKNOWN', `there is no phone for instance '${instance}': ${hint}`)
  }

  withNumber(digits: string): Phone | undefined {
    return this.#byNumber.get(digits)
  }

  get(instance: string): Phone {
    return this.#phones.get(instance) ?? this.#make(instance)
  }

  renumber(phone: Phone, digits: string): void {
    if (this.#byNumber.get(phone.number) === phone) this.#byNumber.delete(phone.number)
    phone.number = digits
    this.#byNumber.set(digits, phone)
  }

  /** Cuts pages off from the network for so long; `0` ends it. */
  cutOff(instance: string | undefined, ms: number): void {
    const until = this.#world.clock.monotonic() + ms
    if (instance === undefined) {
      this.#cutOffAll = until
      this.#cutOffs.clear()
    } else {
      this.#cutOffs.set(instance, until)
    }
    for (const phone of this.all()) phone.cutOffUntil = this.#cutOffOf(phone.instance)
  }

  #cutOffOf(instance: string): number {
    return this.#cutOffs.get(instance) ?? this.#cutOffAll
  }

  #make(instance: string): Phone {
    const record = this.#world.journal.recall?.(instance)
    const phone = new Phone({
      instance,
      number: record?.number ?? this.#drawNumber(instance),
      pairing: record?.pairing ?? null,
      generation: record?.generation ?? 0,
      book: new ChatBook(this.#historyLimit, record && horizonOf(record)),
      behaviour: this.#behaviours.of(instance),
      clock: this.#world.clock,
    })
    phone.cutOffUntil = this.#cutOffOf(instance)
    if (record) restore(phone, record)
    this.#phones.set(instance, phone)
    this.#byNumber.set(phone.number, phone)
    return phone
  }

  #drawNumber(instance: string): string {
    for (let round = 0; ; round++) {
      const subscriber = Math.floor(draw(this.#seed, instance, 'number', round) * 10_000_000)
      const number = `1555${String(subscriber).padStart(7, '0')}`
      if (!this.#byNumber.has(number)) return number
    }
  }
}

function horizonOf({ truncated, entries }: PhoneRecord): number | undefined {
  return truncated && entries[0] ? Date.parse(entries[0].time) : undefined
}

/** Puts back what the phone remembers. Whatever the network took before has long been read. */
function restore(phone: Phone, { entries }: PhoneRecord): void {
  for (const entry of entries) {
    const address = parseAddress('to' in entry ? entry.to : 'chat' in entry ? entry.chat : entry.from)
    if (!address) continue
    if ('chat' in entry) recallChange(phone.book, address, entry)
    else phone.book.add(phone.book.open(address), 'to' in entry ? sent(entry) : received(entry))
  }
  for (const entry of entries.slice(-REPEATED_ACKS)) if ('to' in entry) phone.tellAck(entry.messageId, 3)
}

const settled = { settledAt: Number.NEGATIVE_INFINITY }

function sent(entry: Kept): Message {
  const { messageId, time } = entry
  return { ...settled, ...contentOf(entry), id: messageId, fromMe: true, author: null, time: Date.parse(time), ack: 3 }
}

function received(entry: Reception): Message {
  const { messageId, author, time, fromMe = false } = entry
  const writer = { fromMe, author: author ?? null }
  return { ...settled, ...contentOf(entry), ...writer, id: messageId, time: Date.parse(time), ack: fromMe ? 3 : 1 }
}
