import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { VirtualNetwork } from '../network/virtual-network.ts'
import { LINK_PATH, LINK_PROTOCOL } from '../remote/frames.ts'
import { LinkConnection } from './link-connection.ts'
import type { ListenAddress } from './listen-address.ts'
import { problemOf, refuse } from './problem.ts'
import { routes } from './routes.ts'

const BODY_LIMIT = 1_048_576

/** A virtual network behind one port: what steers it over HTTP, and the connections of the WaQtors that use it. */
export class SimulatorServer {
  readonly #network: VirtualNetwork
  readonly #server: Server
  readonly #connections = new Set<LinkConnection>()

  constructor(network: VirtualNetwork) {
    this.#network = network
    this.#server = createServer({ requestTimeout: 30_000 }, (request, response) => this.#answer(request, response))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    // Half a request, or none at all: the answer of Node's own would do, were it not for sockets that are gone already.
    this.#server.on('clientError', (_, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
      else socket.destroy()
    })
  }

  /** @returns where it listens: `http://127.0.0.1:9180` */
  async listen({ host, port }: ListenAddress): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    const bound = this.#server.address() as AddressInfo
    return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.#connections) connection.close()
    this.#server.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const wanted = request.headers.upgrade
    const { pathname } = urlOf(request)
    if (pathname !== LINK_PATH || wanted !== LINK_PROTOCOL || request.headers.origin !== undefined) {
      // The socket may be gone already, and nobody is told anything by its error.
      socket.on('error', () => {})
      socket.end(`HTTP/1.1 426 Upgrade Required\r\nUpgrade: ${LINK_PROTOCOL}\r\nConnection: close\r\n\r\n`)
      return
    }
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${LINK_PROTOCOL}\r\nConnection: Upgrade\r\n\r\n`)
    this.#connections.add(new LinkConnection(this.#network, socket, head, (it) => this.#connections.delete(it)))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      reply(response, 200, 'application/json', await this.#handle(request))
    } catch (error) {
      const { status, code, detail, headers = {} } = problemOf(error)
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      // The rest of what the client still sends is not read.
      if (!request.complete) response.setHeader('connection', 'close')
      reply(response, status, 'application/problem+json', { title: code.replaceAll('_', ' '), status, code, detail })
    }
  }

  async #handle(request: IncomingMessage): Promise<unknown> {
    if (request.headers.origin !== undefined)
      throw refuse(403, 'forbidden', 'pages in a browser may not steer the simulator')
    const { pathname, searchParams } = urlOf(request)
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined
    if (!route) throw refuse(404, 'not_found', `there is no ${pathname}; there is ${Object.keys(routes).join(', ')}`)
    if (request.method !== route.method) {
      throw refuse(405, 'method_not_allowed', `${pathname} takes ${route.method}`, { allow: route.method })
    }
    const input = route.method === 'GET' ? Object.fromEntries(searchParams) : await readJson(request, route.bodyLimit)
    return route.handle(this.#network, input)
  }
}

function urlOf(request: IncomingMessage): URL {
  return new URL(`http://simulator${request.url?.startsWith('/') ? request.url : '/'}`)
}

function reply(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` })
  response.end(`${JSON.stringify(body)}\n`)
}

async function readJson(request: IncomingMessage, limit = BODY_LIMIT): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  // Destroying the request with the loop would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw refuse(413, 'body_too_large', `a body has at most ${limit} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw refuse(400, 'json_invalid', 'the body is not JSON')
  }
}
