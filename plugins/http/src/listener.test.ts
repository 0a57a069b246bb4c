import { connect, type Socket } from 'node:net'
import type { HttpRequest } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { sendRaw, startHttp } from './fixtures/start-http.ts'

const config = { bodyLimitBytes: 1_000 }
const count = async (request: HttpRequest) => ({ status: 200, body: String((await request.body()).length) })
const chunks = (...sizes: readonly number[]) =>
  sizes.map((size) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`).join('')
const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

function dial(url: string, first: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(first, () => resolve(socket)))
    socket.on('error', reject)
  })
}

describe.each([
  ['straight', '/x'],
  ['by way of Hono for its path', '/%78'],
  ['by way of Hono for its whole URL', 'http://localhost/x'],
])('a request that comes to the door %s', (_, target) => {
  const announcing = (length: number, more = '') =>
    `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n`
  const close = 'Connection: close\r\n'
  const chunked = `POST ${target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`

  it('B3: has its body held to the limit, however its length is told', async () => {
    await using it = await startHttp({ config })
    it.http.mount('/x', count)
    expect(await sendRaw(it.url, announcing(1_000, close), 'x'.repeat(1_000))).toMatch(/\r\n\r\n1000$/)
    expect(await sendRaw(it.url, announcing(1_001, close))).toMatch(/^HTTP\/1.1 413 /)
    expect(await sendRaw(it.url, `${chunked}${chunks(400, 600, 0)}${health}`)).toMatch(/\r\n\r\n1000HTTP/)
    expect(await sendRaw(it.url, chunked, chunks(1_000), chunks(1))).toMatch(/^HTTP\/1.1 413 /)
    expect(await sendRaw(it.url, announcing(3, close), 'x'.repeat(100))).toMatch(
      /^HTTP\/1.1 (400 |200 [\s\S]*\r\n\r\n3$)/,
    )
  })

  it('has its body held to the limit of a mount that streams', async () => {
    await using it = await startHttp({ config })
    const stream = async (request: HttpRequest) => {
      let size = 0
      for await (const chunk of request.stream(5_000)) size += chunk.length
      return { status: 200, body: String(size) }
    }
    it.http.mount('/x', stream, { streamed: true })
    expect(await sendRaw(it.url, announcing(5_000, close), 'x'.repeat(5_000))).toMatch(/\r\n\r\n5000$/)
    expect(await sendRaw(it.url, announcing(5_001, close))).toMatch(/^HTTP\/1.1 413 /)
    expect(await sendRaw(it.url, `${chunked}${chunks(2_000, 3_000, 0)}${health}`)).toMatch(/\r\n\r\n5000HTTP/)
    expect(await sendRaw(it.url, chunked, chunks(5_000), chunks(1))).toMatch(/^HTTP\/1.1 413 /)
  })

  it('may leave its body unread: the connection serves on', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 400_000 } })
    it.http.mount('/x', () => ({ status: 403 }))
    const size = 300_000
    const answers = await sendRaw(it.url, announcing(size), Buffer.alloc(size), health)
    expect(answers).toMatch(/^HTTP\/1.1 403 [\s\S]*HTTP\/1.1 200 /)
  })

  it('may have too large a body, which is refused at once: the connection serves on', async () => {
    await using it = await startHttp({ config })
    it.http.mount('/x', count)
    expect(await sendRaw(it.url, `${chunked}${chunks(1_001, 300_000, 0)}${health}`)).toMatch(
      /^HTTP\/1.1 413 [\s\S]*HTTP\/1.1 200 /,
    )
  })

  it('may leave a stream early: the connection serves on', async () => {
    await using it = await startHttp({ config })
    const first = async (request: HttpRequest) => {
      for await (const _ of request.stream(400_000)) break
      return { status: 200 }
    }
    it.http.mount('/x', first, { streamed: true })
    expect(await sendRaw(it.url, `${chunked}${chunks(1_001, 300_000, 0)}${health}`)).toMatch(
      /^HTTP\/1.1 200 [\s\S]*HTTP\/1.1 200 /,
    )
  })

  it('is given up when its body goes on after the answer', async () => {
    await using it = await startHttp({ config: { ...config, requestTimeoutMs: 600_000 } })
    const socket = await dial(it.url, announcing(1_000_000_000))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    while (!socket.destroyed) {
      socket.write('x')
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(answer).toMatch(/^HTTP\/1.1 404 /)
  })

  it.each(['early', 'late'] as const)('says that the client has gone to who asks %s', async (when) => {
    await using it = await startHttp({ config })
    const entered = Promise.withResolvers<void>()
    const heard = Promise.withResolvers<string>()
    it.http.mount('/x', async (request) => {
      const early = when === 'early' ? [request.signal, request.request.signal] : undefined
      entered.resolve()
      // It breaks off when the client goes.
      await request.body().catch(() => {})
      await new Promise((resolve) => setImmediate(resolve))
      const signals = early ?? [request.signal, request.request.signal]
      heard.resolve(signals.map((it) => it.aborted).join())
      return { status: 200 }
    })
    const socket = await dial(it.url, `${announcing(10)}abc`)
    await entered.promise
    socket.destroy()
    expect(await heard.promise).toBe('true,true')
  })
})
