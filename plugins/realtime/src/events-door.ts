import { demandPlainJson, type EventLog } from '@waqtor/contracts'
import { type Envelope, type KernelView, type Logger, newId } from '@waqtor/kernel'
import type { Socket } from 'socket.io'
import type { Client } from './client.ts'
import type { Connection } from './connection.ts'
import { Execute, Subscribe } from './contract.ts'
import { encode, sendTo } from './frames.ts'
import { type Answer, answerOf, parse, problemOf, requestOf, tooMany } from './replies.ts'
import { Subscription } from './subscription.ts'

/** Commands of one client that may be under way at once. */
const MOST_AT_ONCE = 100

export interface EventsChannelOptions {
  readonly kernel: KernelView
  readonly events: EventLog | undefined
  readonly log: Logger
  /** Cuts a client that does not read. */
  readonly slow: (client: Client) => void
}

/** What clients of `/events` ask for: events by subscription, and commands. */
export class EventsDoor {
  readonly #options: EventsChannelOptions
  readonly #subscriptions = new Map<Client, Subscription>()

  constructor(options: EventsChannelOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#subscriptions.size
  }

  /** Listens to a client. */
  serve(client: Client, connection: Connection): void {
    const { socket } = client
    socket.on('subscribe', (...args: unknown[]) =>
      this.#reply(answerOf(args), async () => {
        await this.#subscribe(client, connection, requestOf(args))
        return {}
      }),
    )
    socket.on('unsubscribe', (...args: unknown[]) =>
      this.#reply(answerOf(args), async () => {
        this.#end(client)
        return {}
      }),
    )
    let running = 0
    socket.on('execute', (...args: unknown[]) =>
      this.#reply(answerOf(args), async (id) => {
        if (running >= MOST_AT_ONCE) throw tooMany()
        running++
        try {
          return { output: await this.#execute(client, requestOf(args), id) }
        } finally {
          running--
        }
      }),
    )
    socket.on('disconnect', () => this.#end(client))
  }

  /** Takes an event from the bus; those who may have it at once get it together, written once. */
  heard(envelope: Envelope): void {
    const now: Socket[] = []
    let size: number | undefined
    for (const it of this.#subscriptions.values()) {
      if (it.takesNow(envelope)) {
        now.push(it.client.socket)
        continue
      }
      size ??= JSON.stringify(envelope).length
      if (!it.push(envelope, size)) this.#options.slow(it.client)
    }
    if (now[0]) sendTo(now, encode(now[0].nsp, 'event', envelope))
  }

  /** What the client may see has been asked anew. */
  reconsidered(client: Client): void {
    this.#subscriptions.get(client)?.reconsider()
  }

  async #subscribe(client: Client, connection: Connection, request: unknown): Promise<void> {
    const { kernel, events: log, log: logger } = this.#options
    const failed = (error: unknown) => {
      logger.debug('a subscription broke off; its client will come back', { cause: error })
      connection.cut()
    }
    const options = { kernel, log, client, connection, failed }
    const subscription = await Subscription.open(options, parse(Subscribe, request ?? {}))
    if (client.signal.aborted) return
    this.#end(client)
    this.#subscriptions.set(client, subscription)
    void subscription.run()
  }

  async #execute(client: Client, request: unknown, id: string): Promise<unknown> {
    const { command, input = {}, idempotencyKey } = parse(Execute, request)
    demandPlainJson(input)
    const call = { ...client.pass.call, id, signal: client.signal, ...(idempotencyKey && { idempotencyKey }) }
    return this.#options.kernel.commands.execute(command, input, call)
  }

  #end(client: Client): void {
    this.#subscriptions.get(client)?.end()
    this.#subscriptions.delete(client)
  }

  async #reply(answer: Answer, work: (id: string) => Promise<{ readonly output?: unknown }>): Promise<void> {
    const id = newId('req')
    try {
      answer(await work(id))
    } catch (error) {
      answer({ problem: problemOf(error, this.#options.log, id) })
    }
  }
}
