import type { Counted } from './clients.ts'
import type { Emitted, Order } from './emitting.ts'
import { Peer } from './peer.ts'

/** What a server emits. */
export type Emit = Omit<Extract<Order, { do: 'emit' }>, 'do'>

/** A server and its clients, each in a process of its own. */
export class Stage implements AsyncDisposable {
  readonly #server: Peer
  readonly #clients = new Peer('clients')

  private constructor(server: Peer) {
    this.#server = server
  }

  static async open(server: string, directory: string, clients: number, stopped = 0): Promise<Stage> {
    const stage = new Stage(new Peer(`servers/${server}`, [directory]))
    const { address } = await stage.#server.ask<{ address: string }>({ do: 'open' })
    await stage.#clients.ask({ do: 'connect', address, clients, stopped })
    return stage
  }

  async emit(order: Emit): Promise<Emitted & Counted> {
    await this.#clients.ask<Counted>({ do: 'count' })
    const emitted = await this.#server.ask<Emitted>({ do: 'emit', ...order })
    return { ...emitted, ...(await this.#clients.ask<Counted>({ do: 'count' })) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clients[Symbol.asyncDispose]()
    await this.#server[Symbol.asyncDispose]()
  }
}
