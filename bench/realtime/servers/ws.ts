/** Bare ws: a text, written once, sent to every client. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { serveOrders } from '../emitting.ts'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
const listening = once(server, 'listening')
serveOrders({
  async open() {
    await listening
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  emit(what, n, at, text) {
    const frame = JSON.stringify([what, { id: `c${n % 10}`, n, at, text }])
    for (const client of server.clients) client.send(frame)
  },
  counts: async () => ({ dropped: 0, connections: server.clients.size }),
})
