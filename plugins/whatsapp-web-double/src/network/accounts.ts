import { randomUUID } from 'node:crypto'
import type { AckFrame, Credentials, Item } from './frames.ts'
import type { Link } from './link.ts'
import { isPlausible, lidOf } from './numbers.ts'

/** A page that is linked to a phone: what it must still get, and the line to it while there is one. */
export class Pairing {
  readonly id = randomUUID()
  readonly account: Account
  link: Link | undefined
  /** Until the page has kept them. */
  readonly waiting = new Map<number, Item>()
  /** What became of the messages that this page sent, by their keys. */
  readonly acks = new Map<string, number>()
  /** The latest acknowledgements that were brought to the page, or could not be. */
  readonly recentAcks: AckFrame[] = []
  #counter = 0

  constructor(account: Account) {
    this.account = account
  }

  wait(item: Item): number {
    this.waiting.set(++this.#counter, item)
    return this.#counter
  }

  get credentials(): Credentials {
    const { number, name } = this.account
    return { pairing: this.id, me: `${number}@c.us`, lid: lidOf(number), name }
  }
}

/** A phone with a number, and the pages that are linked to it. */
export class Account {
  readonly number: string
  name: string
  readonly pairings = new Map<string, Pairing>()

  constructor(number: string, name: string) {
    this.number = number
    this.name = name
  }
}

/** Accounts by number; tests may speak of them by names of their own. */
export class Accounts {
  readonly #byNumber = new Map<string, Account>()
  readonly #numbers = new Map<string, string>()
  #counter = 0

  /** The account of a number or of a name, made when it is spoken of first. */
  of(name: string): Account {
    const number = isPlausible(name) ? name : (this.#numbers.get(name) ?? this.#fresh(name))
    const known = this.#byNumber.get(number)
    if (known) return known
    const account = new Account(number, name)
    this.#byNumber.set(number, account)
    return account
  }

  /** From now on this name means this number. */
  rename(name: string, number: string): Account {
    this.#numbers.set(name, number)
    const account = this.of(number)
    account.name = name
    return account
  }

  /** The account of a number, if it has ever been spoken of. */
  find(number: string): Account | undefined {
    return this.#byNumber.get(number)
  }

  pairing(id: string): Pairing | undefined {
    for (const account of this.#byNumber.values()) {
      const pairing = account.pairings.get(id)
      if (pairing) return pairing
    }
    return undefined
  }

  all(): readonly Account[] {
    return [...this.#byNumber.values()]
  }

  #fresh(name: string): string {
    const number = `20155${String(++this.#counter).padStart(7, '0')}`
    this.#numbers.set(name, number)
    return number
  }
}
