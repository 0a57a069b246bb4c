import type { Namespace } from 'socket.io'
import type { Client } from './client.ts'
import type { Conn } from './connection.ts'
import { Tally } from './tally.ts'

/** Everybody who has opened a channel, found by the channel and by who they are. */
export class Clients {
  readonly #all = new Set<Client>()
  readonly #byPath = new Map<string, Set<Client>>()
  readonly #principals = new Tally<string>()
  readonly #connections = new Tally<Conn>()

  get size(): number {
    return this.#all.size
  }

  add(client: Client): void {
    this.#all.add(client)
    this.#principals.add(client.principalId)
    this.#connections.add(client.socket.conn)
    const there = this.#byPath.get(client.path) ?? new Set()
    this.#byPath.set(client.path, there.add(client))
  }

  remove(client: Client): void {
    if (!this.#all.delete(client)) return
    this.#principals.remove(client.principalId)
    this.#connections.remove(client.socket.conn)
    const there = this.#byPath.get(client.path)
    there?.delete(client)
    if (there?.size === 0) this.#byPath.delete(client.path)
  }

  [Symbol.iterator](): Iterator<Client> {
    return this.#all.values()
  }

  at(path: string): readonly Client[] {
    return [...(this.#byPath.get(path) ?? [])]
  }

  /** How many one principal has. */
  countOf(principalId: string): number {
    return this.#principals.of(principalId)
  }

  /** How many share a connection. */
  countOn(connection: Conn): number {
    return this.#connections.of(connection)
  }

  counts(): Record<string, number> {
    return Object.fromEntries([...this.#byPath].map(([path, { size }]) => [path, size]))
  }

  paths(): readonly string[] {
    return [...this.#byPath.keys()]
  }

  /** The namespace in which the clients of a path sit; nothing while there are none. */
  namespaceAt = (path: string): Namespace | undefined => {
    for (const { socket } of this.#byPath.get(path) ?? []) return socket.nsp
    return undefined
  }
}
