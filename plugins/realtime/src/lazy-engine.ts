import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawHandler } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import type { Engine } from './engine.ts'

/** socket.io, loaded with the first request: where nobody opens a channel, no start waits for it and no memory holds it. */
export class LazyEngine implements RawHandler {
  readonly #make: () => Promise<Engine>
  readonly #log: Logger
  #engine: Promise<Engine> | undefined
  #isClosed = false

  constructor(make: () => Promise<Engine>, log: Logger) {
    this.#make = make
    this.#log = log
  }

  request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#hand((engine) => engine.request(incoming, outgoing), outgoing)
  }

  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#hand((engine) => engine.upgrade(incoming, socket, head), socket)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const engine = await this.#engine?.catch(() => undefined)
    await engine?.close()
  }

  /** What cannot be handed over is let go of: its client tries again. */
  #hand(over: (engine: Engine) => void, connection: { destroy(): unknown }): void {
    if (this.#isClosed) {
      connection.destroy()
      return
    }
    this.#engine ??= this.#make()
    this.#engine.then(over).catch((error: unknown) => {
      this.#log.error('a live connection could not be taken', { problem: messageOf(error), cause: error })
      connection.destroy()
    })
  }
}
