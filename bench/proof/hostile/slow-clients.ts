import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { stand } from '../kit/stand.ts'
import { watchMemory } from './memory.ts'
import { below, counted, p99, type Trial } from './trial.ts'

const ways: readonly (readonly [first: string, drip: string])[] = [
  ['GET /health HTTP/1.1\r\nHost: localhost\r\nX: ', 'a'],
  ['POST /api/v2/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n', 'a'],
  ['POST /api/v2/contacts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'],
  ['POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n', 'a'],
]

/** Thousands of requests that never end, beside a customer who wants something. */
export const slowClients: Trial = {
  rows: 'B3',
  name: 'slow-clients',
  summary: '1,000 connections that send a byte now and then, and how long everybody else waits meanwhile',
  async *run({ short }) {
    const { connections, requests } = short
      ? { connections: 200, requests: 100 }
      : { connections: 1_000, requests: 1_000 }
    await using place = await stand()
    const { stack } = place
    const host = await stack.startHost()
    const port = Number(new URL(stack.address).port)
    // What everybody needs who is served for the first time.
    for (let i = 0; i < 50; i++) await stack.request('GET', '/api/v2/contacts')

    const growth = watchMemory(host.child.pid!)
    const slow = await Promise.all(Array.from({ length: connections }, (_, i) => drip(port, ways[i % ways.length]!)))
    const times: number[] = []
    let refused = 0
    for (let i = 0; i < requests; i++) {
      const started = performance.now()
      const { status } = await stack.request('GET', '/api/v2/contacts')
      times.push(performance.now() - started)
      if (status !== 200) refused++
    }
    yield counted(`requests that were not served beside ${connections} slow ones`, refused, 0)
    yield below('the slowest but one in a hundred', p99(times), 500, 'ms')
    yield below('memory of the host beyond its beginning', growth(), 50, 'MB')
    // In full one waits until the server has sent them away by itself.
    if (short) for (const it of slow) it.destroy()
    await Promise.all(slow.map((it) => it.closed || once(it, 'close')))
    const { status } = await stack.request('GET', '/health')
    yield counted('the status of /health when they are gone', status, 200)
  },
}

async function drip(port: number, [first, more]: readonly [string, string]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // The server ends the connection while we write.
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(first)
  socket.resume()
  const timer = setInterval(() => socket.writable && socket.write(more), 1_000)
  socket.once('close', () => clearInterval(timer))
  return socket
}
