import { Network } from './network/network.ts'
import type { AcceptedMessage, Change, Control, Delivery, DoubleOptions, Group, Scan, Signal } from './options.ts'
import { FrontDoor } from './server/front-door.ts'

type Awaitable<T> = T | Promise<T>

/** The page and the network behind it, as tests use them. */
export interface Double {
  /** The args that bring Chromium here, and let it reach nothing else. */
  readonly chromiumArgs: readonly string[]
  /** Resolves when the pages that are open behave so. */
  control(control: Control): Promise<void>
  /** A phone links the page that shows this QR or this code. @returns the number of the phone */
  scan(scan: Scan): Promise<string>
  /** Somebody writes to an account. @returns the id that its page gives the message */
  deliver(delivery: Delivery): Promise<string>
  /** Somebody reacts to, edits, deletes or acknowledges a message that an account's page has. */
  change(change: Change): Promise<void>
  group(group: Group): Promise<void>
  /** The network's log, oldest first: the judge of every test. */
  accepted(account?: string): Awaitable<readonly AcceptedMessage[]>
  /** How often a message with this id reached the network. */
  count(messageId: string): Awaitable<number>
  /** What pages did besides sending messages. */
  signals(account?: string): Promise<readonly Signal[]>
  /** The number behind a name. */
  number(account: string): Promise<string>
  close(): Promise<void>
}

/**
 * Opens the double in this process.
 * @example const double = await startDouble(); puppeteer.launch({ args: [...double.chromiumArgs] })
 */
export async function startDouble(options: DoubleOptions = {}): Promise<LocalDouble> {
  const network = new Network(options)
  return new LocalDouble(network, await FrontDoor.open(network))
}

/** The double in this process: what it is asked is answered at once. */
export class LocalDouble implements Double, AsyncDisposable {
  readonly #network: Network
  readonly #door: FrontDoor

  constructor(network: Network, door: FrontDoor) {
    this.#network = network
    this.#door = door
  }

  get chromiumArgs(): readonly string[] {
    return this.#door.chromiumArgs
  }

  /** Connections that the black hole holds. */
  get heldConnections(): number {
    return this.#door.held
  }

  /** Messages on their way from a page to the network. */
  get underWay(): number {
    return this.#network.underWay
  }

  async control(control: Control): Promise<void> {
    if (control.blackHole !== undefined) this.#door.blackHole = control.blackHole
    await this.#network.control(control)
  }

  async scan(scan: Scan): Promise<string> {
    return this.#network.scan(scan).number
  }

  async deliver(delivery: Delivery): Promise<string> {
    return this.#network.deliver(delivery)
  }

  async change(change: Change): Promise<void> {
    this.#network.change(change)
  }

  async group(group: Group): Promise<void> {
    this.#network.group(group)
  }

  accepted(account?: string): readonly AcceptedMessage[] {
    return this.#network.accepted(account)
  }

  count(messageId: string): number {
    return this.#network.log.count(messageId)
  }

  async signals(account?: string): Promise<readonly Signal[]> {
    const number = account === undefined ? undefined : this.#network.accounts.of(account).number
    return this.#network.signals.filter((it) => number === undefined || it.account === number)
  }

  async number(account: string): Promise<string> {
    return this.#network.accounts.of(account).number
  }

  async close(): Promise<void> {
    this.#network.close()
    await this.#door.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
