import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WaqtorError } from '@waqtor/kernel'
import { bracketed } from './allowed-hosts.ts'
import { announcesTooMuch, type Incoming } from './body.ts'
import type { BodyStreams } from './body-stream.ts'
import type { Door } from './door.ts'
import { createListener } from './listener.ts'
import { refuseRaw } from './raw-refusal.ts'
import { refuse } from './refuse.ts'

export interface ServerLimits {
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly bodyLimitBytes: number
  readonly closeTimeoutMs: number
}

/** A server in front of a door. */
export class DoorServer {
  readonly #server: Server
  readonly #limits: ServerLimits
  /** Connections that changed their protocol: node does not know them any more. */
  readonly #upgraded = new Set<Duplex>()

  constructor(door: Door, bodyStreams: BodyStreams, limits: ServerLimits) {
    this.#limits = limits
    this.#server = serverOf(door, bodyStreams, limits)
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgraded.add(socket)
      socket.on('close', () => this.#upgraded.delete(socket))
      socket.on('error', () => socket.destroy())
      door.upgrade(incoming, socket, head)
    })
  }

  /**
   * Begins to listen. Answers the address: `http://127.0.0.1:8080`.
   * @param way by which a person says which port
   * @throws WaqtorError WAQ_PORT_IN_USE, WAQ_LISTEN_FAILED, saying what to do
   */
  async listen(host: string, port: number, way = '--port or WAQTOR_PORT'): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port, way))
      this.#server.once('error', failed)
      this.#server.listen(port, host, () => {
        this.#server.off('error', failed)
        resolve()
      })
    })
    return `http://${bracketed(host)}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Takes no new connections, lets what is under way finish within the limit, then cuts what is left. */
  async stop(): Promise<void> {
    const server = this.#server
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    const cut = setTimeout(() => {
      server.closeAllConnections()
      for (const socket of this.#upgraded) socket.destroy()
    }, this.#limits.closeTimeoutMs)
    // Node closes the connections that are idle now, not those that become so.
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    await closed
    clearTimeout(cut)
    clearInterval(sweep)
    // The last handle is let go of after the callback, in the same turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function serverOf(door: Door, bodyStreams: BodyStreams, limits: ServerLimits): Server {
  const answer = createListener(door)
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      // A missing Host header is answered like any other malformed request.
      requireHostHeader: false,
      // Known to Node from 24.9 on. Earlier ones hand every upgrade over, and those that nobody awaits are refused.
      shouldUpgradeCallback: (incoming) => door.awaitsUpgrade(incoming),
    },
    answer,
  )
  server.timeout = limits.idleTimeoutMs
  // Asked at once, and kept by the socket: of a peer that has left it knows no more where it was, and whoever guesses a
  // password or a code and leaves would be nobody.
  server.on('connection', (socket: Socket) => void socket.remoteAddress)
  server.on('checkContinue', (incoming: Incoming, outgoing: ServerResponse) => {
    // Who asks before sending too much is told before sending it; only a handler that streams may want it.
    if (announcesTooMuch(incoming, limits.bodyLimitBytes)) incoming.askFor = () => outgoing.writeContinue()
    else outgoing.writeContinue()
    answer(incoming, outgoing)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // The server's limit for a whole request is not for a body that is streamed, which has to keep a pace instead.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && bodyStreams.isOpen(socket)) return
    if (error.code === 'ECONNRESET') socket.destroy()
    else refuseRaw(clientError(error), socket)
  })
  return server
}

/** What is no HTTP gets an answer all the same. */
function clientError({ code }: NodeJS.ErrnoException): WaqtorError {
  if (code === 'HPE_HEADER_OVERFLOW') return refuse('WAQ_HEADERS_TOO_LARGE', 'the headers are too large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse('WAQ_REQUEST_TIMEOUT', 'the request did not arrive in time')
  return refuse('WAQ_REQUEST_INVALID', 'this is not a well-formed HTTP request')
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number, way: string): Error {
  if (cause.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is in use by another program: stop it, or choose another port with ${way}`
    return refuse('WAQ_PORT_IN_USE', message, { plugin: 'http', phase: 'ready', cause })
  }
  const why =
    cause.code === 'EACCES'
      ? `this user may not listen on port ${port}: choose one above 1023`
      : cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND'
        ? `this machine has no address '${host}': choose another with --host or WAQTOR_HOST`
        : cause.message
  return refuse('WAQ_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${why}`, {
    plugin: 'http',
    phase: 'ready',
    cause,
  })
}
