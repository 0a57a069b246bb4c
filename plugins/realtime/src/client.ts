import type { Disclosed } from '@waqtor/event-feed'
import type { Socket } from 'socket.io'
import type { Pass } from './admission.ts'
import type { Handshake } from './handshake.ts'

/** Somebody who has opened a channel. */
export class Client {
  readonly socket: Socket
  readonly handshake: Handshake
  readonly principalId: string
  /** What it has looked at that is not for everybody's eyes. */
  readonly disclosed: Disclosed
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  readonly #gone = new AbortController()
  #pass: Pass
  /** The latest look at what it may see; an earlier one that answers late does not count. */
  #look = 0
  #looks = 0

  constructor(socket: Socket, handshake: Handshake, pass: Pass, disclosed: Disclosed) {
    this.socket = socket
    this.handshake = handshake
    this.#pass = pass
    this.principalId = pass.principal.id
    this.disclosed = disclosed
    this.signal = this.#gone.signal
    void socket.join([...pass.rooms])
  }

  get path(): string {
    return this.socket.nsp.name
  }

  get pass(): Pass {
    return this.#pass
  }

  /** Whether a look at what it may see is under way. */
  get isLookedAt(): boolean {
    return this.#looks > 0
  }

  /** Asks anew what it may see. @throws WaqtorError when that is nothing any more */
  async reconsider(admit: () => Promise<Pass>): Promise<void> {
    const look = ++this.#look
    this.#looks++
    const pass = await admit().finally(() => this.#looks--)
    if (look !== this.#look || !this.socket.connected) return
    for (const room of this.#pass.rooms) if (!pass.rooms.has(room)) void this.socket.leave(room)
    void this.socket.join([...pass.rooms])
    this.#pass = pass
  }

  gone(): void {
    this.#gone.abort()
  }
}
