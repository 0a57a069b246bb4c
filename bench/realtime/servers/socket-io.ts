/** socket.io by itself: a namespace that lets everybody in, and `emit`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { serveOrders } from '../emitting.ts'

const server = createServer()
const io = new Server(server, { perMessageDeflate: false, httpCompression: false })
const namespace = io.of('/bench')
serveOrders({
  async open() {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket.io/?EIO=4&transport=websocket`
  },
  emit: (what, n, at, text) => namespace.emit(what, { id: `c${n % 10}`, n, at, text }),
  counts: async () => ({ dropped: 0, connections: io.engine.clientsCount }),
})
