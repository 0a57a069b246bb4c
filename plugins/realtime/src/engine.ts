import { createServer } from 'node:http'
import { fail, problemDocument, type RawHandler } from '@waqtor/contracts'
import { newId } from '@waqtor/kernel'
import { Server } from 'socket.io'
import type { Connections } from './connections.ts'
import { guardedParser } from './guarded-parser.ts'

export interface EngineOptions {
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly maxBufferBytes: number
  readonly connections: Connections
  /** Told once of each connection that is closed for a packet that nobody should have to read. */
  readonly dropped: (why: string) => void
}

export interface Engine extends RawHandler {
  readonly io: Server
  /** Closes every connection, in a way that has clients come back by themselves. */
  close(): Promise<void>
}

/** How long a connection may stay on which no channel was opened. */
const IDLE_MS = 10_000

/** socket.io without a server of its own. */
export function createEngine(options: EngineOptions): Engine {
  const { pingIntervalMs, pingTimeoutMs, maxBufferBytes, connections, dropped } = options
  let closing = false
  const io = new Server({
    serveClient: false,
    parser: guardedParser(dropped),
    transports: ['polling', 'websocket'],
    pingInterval: pingIntervalMs,
    pingTimeout: pingTimeoutMs,
    maxHttpBufferSize: maxBufferBytes,
    connectTimeout: IDLE_MS,
    // Both would cost more than they save: progress is small, and a hundred clients make a hundred streams to compress.
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest(request, answer) {
      if (closing) answer('the channels are closing: try again in a moment', false)
      else if (connections.admits(request)) answer(null, true)
      else answer('this address holds as many connections as it may: close some', false)
    },
  })
  // It wants a server to listen to. Ours hands requests over, so this one only passes them on, and answers those that are
  // not for socket.io after all, as `/socket.io` without a slash: nobody else would.
  const server = createServer((_, outgoing) => {
    const problem = problemDocument(fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path'), newId('req'))
    outgoing.writeHead(problem.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
  })
  io.attach(server)
  io.engine.on('connection', (conn) => connections.add(conn))
  return {
    io,
    request: (incoming, outgoing) => void server.emit('request', incoming, outgoing),
    upgrade: (incoming, socket, head) => void server.emit('upgrade', incoming, socket, head),
    async close() {
      closing = true
      await io.close()
      connections.cutAll()
    },
  }
}
