import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { Network } from '../network/network.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { pageDocument, pageFile } from './page-files.ts'

const HOST = 'web.whatsapp.com'

/** Plays web.whatsapp.com on 127.0.0.1: the document, its files, media, and the lines of the pages. */
export class FrontDoor {
  /** Connections are taken and never answered. */
  blackHole = false
  readonly #network: Network
  readonly #certificate: Certificate
  readonly #tcp: Server
  readonly #https: HttpsServer
  readonly #sockets = new Set<Socket>()

  private constructor(network: Network, certificate: Certificate) {
    this.#network = network
    this.#certificate = certificate
    this.#https = createServer(certificate, (request, response) => void this.#answer(request, response))
    const lines = new WebSocketServer({ noServer: true })
    this.#https.on('upgrade', (request, socket, head) => {
      lines.handleUpgrade(request, socket, head, (line) => network.open(line))
    })
    this.#tcp = createTcpServer((socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      if (!this.blackHole) this.#https.emit('connection', socket)
    })
  }

  static async open(network: Network): Promise<FrontDoor> {
    const door = new FrontDoor(network, await makeCertificate(HOST))
    await new Promise<void>((resolve, reject) => {
      door.#tcp.once('error', reject)
      door.#tcp.listen(0, '127.0.0.1', resolve)
    })
    return door
  }

  /** What brings a Chromium here, and nowhere else. */
  get chromiumArgs(): readonly string[] {
    const { port } = this.#tcp.address() as AddressInfo
    return [
      `--host-resolver-rules=MAP ${HOST}:443 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      `--ignore-certificate-errors-spki-list=${this.#certificate.fingerprint}`,
    ]
  }

  /** Connections that wait in vain. */
  get held(): number {
    return this.blackHole ? this.#sockets.size : 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#tcp.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', `https://${HOST}`)
    if (pathname.startsWith('/media/')) return this.#media(pathname, request, response)
    if (pathname === '/frame') return send(response, 200, 'text/html', '<!doctype html><title>frame</title>')
    if (pathname === '/') return send(response, 200, 'text/html; charset=utf-8', pageDocument(this.#network.settings))
    const file = await pageFile(pathname)
    return file === undefined ? send(response, 404, 'text/plain', '') : send(response, 200, 'text/javascript', file)
  }

  async #media(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT') {
      const mimeType = request.headers['content-type'] ?? 'application/octet-stream'
      this.#network.media.put(path, { data: await buffer(request), mimeType })
      return send(response, 204, 'text/plain', '')
    }
    const file = this.#network.media.get(path)
    if (!file) return send(response, 404, 'text/plain', '')
    return send(response, 200, file.mimeType, request.method === 'HEAD' ? '' : file.data)
  }
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}
