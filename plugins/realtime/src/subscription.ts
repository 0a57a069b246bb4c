import type { EventLog } from '@waqtor/contracts'
import { EventFeed } from '@waqtor/event-feed'
import { type Call, denied, type Envelope, type KernelView, WaqtorError, type z } from '@waqtor/kernel'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'
import type { Subscribe } from './contract.ts'

export interface SubscriptionOptions {
  readonly kernel: KernelView
  readonly log: EventLog | undefined
  readonly client: Client
  readonly connection: Connection
  /** Told when it breaks off: the gate cannot tell just now, or the log cannot be read. */
  readonly failed: (error: unknown) => void
}

/** What a client of `/events` follows. */
export class Subscription {
  readonly client: Client
  readonly #feed: EventFeed<Envelope>
  readonly #options: SubscriptionOptions

  private constructor(options: SubscriptionOptions, feed: EventFeed<Envelope>) {
    this.client = options.client
    this.#options = options
    this.#feed = feed
  }

  /**
   * Whatever can be refused is refused before it begins.
   * @throws WaqtorError 400 for an unknown type or place, 403 for a type that the client may not see
   */
  static async open(options: SubscriptionOptions, request: z.output<typeof Subscribe>): Promise<Subscription> {
    const { kernel, log, client } = options
    const { account } = client.handshake
    const after = request.after === undefined ? undefined : String(request.after)
    for (const type of request.types ?? []) {
      const event = kernel.events.get(type)
      if (!event) throw invalid('types', `there is no event '${type}'`)
      const denial = await kernel.authorize(event, client.pass.call, account)
      if (denial) throw denied(denial)
    }
    if (after !== undefined && !log) throw invalid('after', 'there is no event log to read from')
    // Finds out whether there is such a log and whether the place is good for it.
    await log?.page({ instance: account, limit: 1, ...(after !== undefined && { after }) })
    const types = request.types && new Set(request.types)
    const place = { instance: account, types, after }
    const discloses = (type: string, call: Partial<Call>) => client.disclosed.allows(type, call, account)
    const page: EventLog['page'] = (query) => log!.page(query)
    const frameOf = (envelope: Envelope) => envelope
    return new Subscription(
      options,
      new EventFeed({ kernel, log: { page }, call: client.pass.call, frameOf, discloses, ...place }),
    )
  }

  /** Sends what comes, no faster than the client reads, until the end. */
  async run(): Promise<void> {
    const { client, connection, failed } = this.#options
    try {
      for (let events = await this.#feed.next(); events; events = await this.#feed.next()) {
        for (const it of events) client.socket.emit('event', it)
        await connection.room(client.signal)
      }
    } catch (error) {
      if (!client.signal.aborted) failed(error)
    } finally {
      this.end()
    }
  }

  /** True when the event is to be sent to the client at once, together with others. */
  takesNow(envelope: Envelope): boolean {
    return this.#feed.takesNow(envelope)
  }

  /** Keeps an event for its turn. False when too much waits. */
  push(envelope: Envelope, size: number): boolean {
    return this.#feed.push(envelope, envelope, size)
  }

  /** Asks the gate anew from now on. */
  reconsider(): void {
    this.#feed.reconsider(this.client.pass.call)
  }

  end(): void {
    this.#feed.end()
  }
}

function invalid(path: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', `'${path}': ${message}`, { details: { errors: [{ path, message }] } })
}
