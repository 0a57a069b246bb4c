import { connect, type Socket } from 'node:net'
import type { HttpRequest } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { type HttpTest, startHttp } from './fixtures/start-http.ts'

interface SlowClient {
  readonly socket: Socket
  readonly answer: () => string
  readonly gone: Promise<void>
}

/** Opens a connection and sends the beginning of a request; more comes byte by byte, and never the end. */
function dripping(it: HttpTest, first: string, drip: string): Promise<SlowClient> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
    let timer: NodeJS.Timeout | undefined
    const gone = new Promise<void>((ended) =>
      socket.on('close', () => {
        clearInterval(timer)
        ended()
      }),
    )
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    // The server ends the connection while we write.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('connect', () => {
      socket.write(first)
      timer = setInterval(() => socket.writable && socket.write(drip), 100)
      resolve({ socket, answer: () => answer, gone })
    })
  })
}

/** Ways to be slow: what is sent at once, and what comes byte by byte. */
const ways: readonly [string, first: string, drip: string][] = [
  ['with their headers', 'GET /x HTTP/1.1\r\nHost: localhost\r\nX: ', 'a'],
  ['with their body', 'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n', 'a'],
  ['with chunks of it', 'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'],
  ['with a body that is streamed', 'POST /s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n', 'a'],
]

async function startReader(limits: NonNullable<Parameters<typeof startHttp>[0]>['config']): Promise<HttpTest> {
  const it = await startHttp({ config: { ...limits, rateLimit: { perSecond: 10_000, burst: 10_000 } } })
  it.http.mount('/x', async (request) => ({ status: 200, body: String((await request.body()).length) }))
  const take = async (request: HttpRequest) => {
    for await (const _ of request.stream(1_000));
    return { status: 200 }
  }
  it.http.mount('/s', take, { streamed: true })
  return it
}

describe('B3: clients that are slow on purpose', () => {
  it('keep nobody else out', async () => {
    await using it = await startReader({ headersTimeoutMs: 120_000, requestTimeoutMs: 120_000 })
    const slow = await Promise.all(
      Array.from({ length: 400 }, (_, i) => dripping(it, ways[i % ways.length]![1], ways[i % ways.length]![2])),
    )
    const asking = Array.from({ length: 50 }, () => fetch(`${it.url}/x`, { method: 'POST', body: 'hello' }))
    const texts = await Promise.all((await Promise.all(asking)).map((response) => response.text()))
    expect(texts).toEqual(Array.from({ length: 50 }, () => '5'))
    // They are all still there: what was served was served beside them.
    const sentAway = slow.flatMap(({ answer, socket }, i) =>
      answer() === '' && !socket.destroyed ? [] : [`${ways[i % ways.length]![0]}: ${answer().slice(0, 400)}`],
    )
    expect(sentAway).toEqual([])
    for (const { socket } of slow) socket.destroy()
    await Promise.all(slow.map(({ gone }) => gone))
  })

  it.each(ways)('%s are sent away when their time is over, with a word of it', async (_, first, drip) => {
    await using it = await startReader({ headersTimeoutMs: 300, requestTimeoutMs: 400 })
    const slow = await Promise.all(Array.from({ length: 20 }, () => dripping(it, first, drip)))
    await Promise.all(slow.map(({ gone }) => gone))
    for (const { answer } of slow) expect(answer()).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/)
    expect((await fetch(`${it.url}/health`)).status).toBe(200)
  })
})
