import type { IncomingMessage } from 'node:http'
import type { Socket } from 'socket.io'
import { type Conn, Connection, type ConnectionOptions } from './connection.ts'
import { Tally } from './tally.ts'

/** What is on its way to a client whose connection ends has this long to leave. */
const GRACE_MS = 500

/** All connections, with how many each address holds. */
export class Connections {
  /** Whom a request is from. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly #options: ConnectionOptions
  readonly #perAddress: number
  readonly #open = new Map<Conn, Connection>()
  readonly #addresses = new Tally<string>()
  /** Those that were told to end, and may never agree. */
  readonly #ending = new Map<Connection, NodeJS.Timeout>()

  constructor(options: ConnectionOptions, perAddress: number, addressOf: (request: IncomingMessage) => string) {
    this.#options = options
    this.#perAddress = perAddress
    this.addressOf = addressOf
  }

  get size(): number {
    return this.#open.size
  }

  /** False for a request from an address that holds as many as it may. */
  admits(request: IncomingMessage): boolean {
    return this.#addresses.of(this.addressOf(request)) < this.#perAddress
  }

  add(conn: Conn): void {
    const address = this.addressOf(conn.request)
    const connection = new Connection(conn, this.#options)
    this.#open.set(conn, connection)
    this.#addresses.add(address)
    conn.once('close', () => {
      this.#cutSoon(connection)
      this.#open.delete(conn)
      this.#addresses.remove(address)
    })
  }

  /** The connection of a client; nothing once it is closed. */
  of({ conn }: Pick<Socket, 'conn'>): Connection | undefined {
    return this.#open.get(conn)
  }

  /** Ends a connection in good order, and in any case soon. */
  end(connection: Connection): void {
    connection.end()
    this.#cutSoon(connection)
  }

  cutAll(): void {
    for (const connection of this.#open.values()) connection.cut()
    for (const [connection, timer] of this.#ending) {
      clearTimeout(timer)
      connection.cut()
    }
    this.#ending.clear()
  }

  #cutSoon(connection: Connection): void {
    if (!connection.lingers || this.#ending.has(connection)) return
    const timer = setTimeout(() => {
      this.#ending.delete(connection)
      connection.cut()
    }, GRACE_MS).unref()
    this.#ending.set(connection, timer)
  }
}
