import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { newId } from '@waqtor/kernel'
import { bracketed } from './allowed-hosts.ts'
import { announcesTooMuch, type Incoming } from './body.ts'
import type { BodyStreams } from './body-stream.ts'
import type { Door } from './door.ts'
import { createListener } from './listener.ts'
import { problemOf } from './problem.ts'
import { refuse } from './refuse.ts'

export interface ServerLimits {
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly bodyLimitBytes: number
}

/** A server that does not listen yet. */
export function createHttpServer(door: Door, bodyStreams: BodyStreams, limits: ServerLimits): Server {
  const answer = createListener(door)
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      // A missing Host header is answered like any other malformed request.
      requireHostHeader: false,
    },
    answer,
  )
  server.timeout = limits.idleTimeoutMs
  server.on('checkContinue', (incoming: Incoming, outgoing: ServerResponse) => {
    // Who asks before sending too much is told before sending it; only a handler that streams may want it.
    if (announcesTooMuch(incoming, limits.bodyLimitBytes)) incoming.askFor = () => outgoing.writeContinue()
    else outgoing.writeContinue()
    answer(incoming, outgoing)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // The server's limit for a whole request is not for a body that is streamed, which has to keep a pace instead.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && bodyStreams.isOpen(socket)) return
    refuseRaw(error, socket)
  })
  return server
}

/** What is no HTTP gets an answer all the same, by hand: there is no request to answer. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const requestId = newId('req')
  const { status, headers, body } = problemOf(
    error.code === 'HPE_HEADER_OVERFLOW'
      ? refuse('WAQ_HEADERS_TOO_LARGE', 'the headers are too large')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? refuse('WAQ_REQUEST_TIMEOUT', 'the request did not arrive in time')
        : refuse('WAQ_REQUEST_INVALID', 'this is not a well-formed HTTP request'),
    requestId,
  )
  const lines = [`HTTP/1.1 ${status} `, 'connection: close', `x-request-id: ${requestId}`]
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`)
  lines.push(`content-length: ${Buffer.byteLength(body as string)}`)
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

/**
 * Begins to listen. Answers the address: `http://127.0.0.1:8080`.
 * @throws WaqtorError WAQ_PORT_IN_USE, WAQ_LISTEN_FAILED, saying what to do
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
  return `http://${bracketed(host)}:${(server.address() as AddressInfo).port}`
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  if (cause.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is in use by another program: stop it, or choose another port with --port or WAQTOR_PORT`
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

/** Takes no new connections, lets what is under way finish within the limit, then cuts what is left. */
export async function stop(server: Server, limitMs: number): Promise<void> {
  if (!server.listening) return
  const closed = new Promise((resolve) => server.close(resolve))
  const cut = setTimeout(() => server.closeAllConnections(), limitMs)
  // Node closes the connections that are idle now, not those that become so.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearTimeout(cut)
  clearInterval(sweep)
  // The last handle is let go of after the callback, in the same turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
}
