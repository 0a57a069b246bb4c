import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Socket } from 'socket.io'
import { Allowance, type Rate } from './allowance.ts'

/** A connection as engine.io has it: one transport under all the channels that a client opened over it. */
export type Conn = Socket['conn']

/** What a WebSocket of the `ws` package has. Polling has none. */
interface WebSocketLike {
  readonly bufferedAmount: number
  readonly readyState: number
  readonly _socket?: Duplex
  readonly _sender?: { readonly sendFrame?: unknown }
  terminate(): void
}

/** What waits until the transport is ready for more. */
interface Packet {
  readonly data?: string | Buffer
}

const CLOSED = 3
/** A replay goes on when no more than this is still on its way. */
const LOW_WATER = 256_000
/** Who sends this many times what is allowed means no good. */
const FLOOD = 10
/** As many times what may wait for a client may be sent at once. */
const BURST = 4

export interface ConnectionOptions {
  readonly maxBufferBytes: number
  readonly messages: Rate
  /** Told once when the connection is cut for what its client does. */
  readonly dropped: (why: 'slow' | 'flood') => void
}

/** Watches a connection: what waits for its client to read, and how much the client sends. */
export class Connection {
  readonly #conn: Conn
  readonly #messages: Allowance
  readonly #dropped: ConnectionOptions['dropped']
  #look: NodeJS.Immediate | undefined
  #isCut = false

  constructor(conn: Conn, { maxBufferBytes, messages, dropped }: ConnectionOptions) {
    this.#conn = conn
    this.#dropped = dropped
    this.#messages = new Allowance(messages)
    const all = new Allowance({ perSecond: messages.perSecond * FLOOD, burst: messages.burst * FLOOD })
    // Once in a while, by what was sent: this is done for every client and every event.
    const step = maxBufferBytes / 16
    let unchecked = 0
    conn.on('packetCreate', ({ data }: Packet) => {
      unchecked += data?.length ?? 0
      if (unchecked < step) return
      unchecked = 0
      const { backlog } = this
      if (backlog > maxBufferBytes * BURST) this.drop('slow')
      else if (backlog > maxBufferBytes) this.#lookAgain(maxBufferBytes)
    })
    conn.on('flush', (packets: readonly Packet[]) => {
      if (packets.length > 1) gather(conn)
    })
    conn.on('packet', () => {
      if (!all.take(performance.now())) this.drop('flood')
    })
  }

  /** What was just sent has not been offered to the system yet: only what is left afterwards waits for the client. */
  #lookAgain(maxBufferBytes: number): void {
    this.#look ??= setImmediate(() => {
      this.#look = undefined
      if (this.backlog > maxBufferBytes) this.drop('slow')
    })
  }

  /** Bytes that the client has not taken yet. */
  get backlog(): number {
    const { writeBuffer } = this.#conn as unknown as { readonly writeBuffer: readonly Packet[] }
    const waiting = writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0)
    return waiting + (webSocketOf(this.#conn)?.bufferedAmount ?? 0)
  }

  get isOpen(): boolean {
    return this.#conn.readyState === 'open'
  }

  /** Takes a message of the client from its allowance; false when there are too many. */
  takesMessage(now: number): boolean {
    return this.#messages.take(now)
  }

  /** Ends it now, with all that is still on its way. The client tries to come back. */
  cut(): void {
    this.#isCut = true
    const webSocket = webSocketOf(this.#conn)
    this.#conn.close(true)
    webSocket?.terminate()
  }

  /** Cuts it for what its client does. */
  drop(why: 'slow' | 'flood'): void {
    if (this.#isCut) return
    this.cut()
    this.#dropped(why)
  }

  /** Ends it once what is on its way has left, which may be never: see `lingers`. */
  end(): void {
    this.#conn.close()
  }

  /** It has been closed on this side, and the client has not agreed yet. */
  get lingers(): boolean {
    const state = webSocketOf(this.#conn)?.readyState
    return !this.#isCut && (this.isOpen || (state !== undefined && state !== CLOSED))
  }

  /** Resolves when the client has taken most of what was sent, or is gone. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.isOpen && this.backlog > LOW_WATER) await delay(20, undefined, { signal, ref: false })
  }
}

/** Several frames go to the system in one call: that call is what most of a frame's time is spent in. */
function gather(conn: Conn): void {
  const socket = webSocketOf(conn)?._socket
  if (!socket) return
  socket.cork()
  process.nextTick(() => socket.uncork())
}

/** Whether it takes bytes that are framed already; polling does not. */
export function takesFrames(conn: Conn): boolean {
  return typeof webSocketOf(conn)?._sender?.sendFrame === 'function'
}

function webSocketOf({ transport }: Conn): WebSocketLike | undefined {
  return (transport as { readonly socket?: WebSocketLike }).socket
}
