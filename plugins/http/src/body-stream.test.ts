import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { HttpRequest } from '@waqtor/contracts'
import { describe, expect, it } from 'vitest'
import { type HttpTest, sendRaw, startHttp } from './fixtures/start-http.ts'

const LIMIT = 5_000
const config = { bodyLimitBytes: 1_000 }

/** Answers how much came, and keeps what went wrong on the way. */
function counting(it: HttpTest) {
  const faults: unknown[] = []
  const count = async (request: HttpRequest) => {
    let size = 0
    try {
      for await (const chunk of request.stream(LIMIT)) size += chunk.length
    } catch (error) {
      faults.push(error)
      throw error
    }
    return { status: 200, body: String(size) }
  }
  it.http.mount('/x', count, { streamed: true })
  return faults
}

const chunked = 'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
const announcing = (size: number, more = '') =>
  `POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\nConnection: close\r\n${more}\r\n`
const chunks = (...sizes: readonly number[]) =>
  sizes.map((size) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`).join('')

function open(url: string): Promise<Socket & { answer: () => string }> {
  let answer = ''
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      resolve(Object.assign(socket, { answer: () => answer })),
    )
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', reject)
  })
}

describe('a body that is streamed', () => {
  it.each([0, 1, 1_001, LIMIT])("may be larger than the server's own limit: %i bytes", async (size) => {
    await using it = await startHttp({ config })
    counting(it)
    const response = await fetch(`${it.url}/x`, { method: 'POST', body: 'x'.repeat(size) })
    expect(await response.text()).toBe(String(size))
    expect(await sendRaw(it.url, chunked, chunks(...(size > 0 ? [size] : []), 0))).toMatch(
      new RegExp(`^HTTP/1.1 200 [\\s\\S]*\r\n\r\n${size}$`),
    )
  })

  it('B3: is refused when it is announced too large, before it is sent', async () => {
    await using it = await startHttp({ config })
    counting(it)
    for (const more of ['', 'Expect: 100-continue\r\n'])
      expect(await sendRaw(it.url, announcing(LIMIT + 1, more))).toMatch(/^HTTP\/1.1 413 /)
  })

  it('B3: is refused at the first byte too many when nothing was announced', async () => {
    await using it = await startHttp({ config })
    counting(it)
    // Nothing ends this body: the answer cannot have waited for it.
    expect(await sendRaw(it.url, chunked, chunks(LIMIT), chunks(1))).toMatch(/^HTTP\/1.1 413 [\s\S]*"body_too_large"/)
  })

  it('is no longer than it was announced, whatever follows', async () => {
    await using it = await startHttp({ config })
    let size = 0
    const count = async (request: HttpRequest) => {
      for await (const chunk of request.stream(LIMIT)) size += chunk.length
      return { status: 200 }
    }
    it.http.mount('/x', count, { streamed: true })
    // What follows is no request, so the connection ends with what Node thinks of it.
    expect(await sendRaw(it.url, announcing(3), 'x'.repeat(100))).toMatch(/^HTTP\/1.1 400 /)
    expect(size).toBe(3)
  })

  it('may be left unread: the answer arrives all the same', async () => {
    await using it = await startHttp({ config })
    const first = async (request: HttpRequest) => {
      for await (const chunk of request.stream(LIMIT)) {
        if (chunk.length > 0) break
      }
      const broken = new Promise((resolve) => request.signal.addEventListener('abort', resolve))
      const turns = new Promise((resolve) => setImmediate(resolve))
      return { status: 200, body: (await Promise.race([broken, turns])) === undefined ? 'enough' : 'broken' }
    }
    it.http.mount('/x', first, { streamed: true })
    expect(await sendRaw(it.url, announcing(LIMIT), 'abc')).toMatch(/\r\n\r\nenough$/)
  })

  it('is asked for when the client waits for leave to send so much', async () => {
    await using it = await startHttp({ config })
    counting(it)
    const socket = await open(it.url)
    socket.write(announcing(LIMIT, 'Expect: 100-continue\r\n'))
    await expect.poll(socket.answer).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.end('x'.repeat(LIMIT))
    await once(socket, 'close')
    expect(socket.answer()).toMatch(/\r\n\r\n5000$/)
  })

  it('is not asked for by who does not want it', async () => {
    await using it = await startHttp({ config })
    it.http.mount('/x', () => ({ status: 403 }), { streamed: true })
    expect(await sendRaw(it.url, announcing(LIMIT, 'Expect: 100-continue\r\n'))).toMatch(/^HTTP\/1.1 403 /)
  })

  it('B7: may not be compressed', async () => {
    await using it = await startHttp({ config })
    counting(it)
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await fetch(`${it.url}/x`, { method: 'POST', body: 'x', headers })).status).toBe(415)
  })

  it("is held to the server's limit where it is read whole", async () => {
    await using it = await startHttp({ config })
    const whole = async (request: HttpRequest) => ({ status: 200, body: String((await request.body()).length) })
    it.http.mount('/x', whole, { streamed: true })
    expect(await sendRaw(it.url, announcing(3), 'abc')).toMatch(/\r\n\r\n3$/)
    expect(await sendRaw(it.url, announcing(1_001))).toMatch(/^HTTP\/1.1 413 /)
    expect(await sendRaw(it.url, chunked, chunks(600, 600))).toMatch(/^HTTP\/1.1 413 /)
  })

  it('is refused to a handler whose mount does not say so', async () => {
    await using it = await startHttp({ config })
    it.http.mount('/x', async (request) => {
      for await (const _ of request.stream(LIMIT));
      return { status: 200 }
    })
    expect((await fetch(`${it.url}/x`, { method: 'POST', body: 'x' })).status).toBe(500)
    expect(JSON.stringify(it.test.lines, (_, value) => (value instanceof Error ? value.message : value))).toContain(
      'streamed: true',
    )
  })

  it.each(['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'])(
    'breaks off for its handler when the client goes away: %j',
    async (rest) => {
      await using it = await startHttp({ config })
      const faults = counting(it)
      const entered = Promise.withResolvers<void>()
      it.http.mount('/tell', () => ({ status: 200 }))
      const socket = await open(it.url)
      socket.write(`POST /x HTTP/1.1\r\nHost: localhost\r\n${rest}`, () => entered.resolve())
      await entered.promise
      socket.destroy()
      await expect.poll(() => faults).toMatchObject([{ code: 'WAQ_REQUEST_INVALID' }])
      await it.test.kernel.close()
      expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
    },
  )

  it('is read no faster than it is taken', async () => {
    await using it = await startHttp({ config })
    const began = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const size = 50_000_000
    const slow = async (request: HttpRequest) => {
      let taken = 0
      for await (const chunk of request.stream(size)) {
        taken += chunk.length
        began.resolve()
        await goOn.promise
      }
      return { status: 200, body: String(taken) }
    }
    it.http.mount('/x', slow, { streamed: true })
    const socket = await open(it.url)
    socket.write(announcing(size))
    socket.write(Buffer.alloc(size))
    await began.promise
    for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(socket.writableLength).toBeGreaterThan(size / 2)
    goOn.resolve()
    await once(socket, 'close')
    expect(socket.answer()).toMatch(new RegExp(`\r\n\r\n${size}$`))
  })
})

describe('a body that takes longer than a request may', () => {
  const impatient = { headersTimeoutMs: 400, requestTimeoutMs: 500 }

  /** Begins an upload, and waits until the server has given up on two other requests that began no earlier. */
  async function beginSlowly(it: HttpTest, first: string, length: number) {
    it.http.mount('/plain', async (request) => ({ status: 200, body: String((await request.body()).length) }))
    const socket = await open(it.url)
    socket.write(`POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${first}`)
    for (let time = 0; time < 2; time++) {
      const other = await sendRaw(it.url, 'POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc')
      expect(other).toMatch(/^HTTP\/1.1 408 /)
    }
    expect(socket.answer()).toBe('')
    return socket
  }

  it('is waited for while it keeps its pace, and its connection serves on', async () => {
    await using it = await startHttp({ config: impatient })
    it.http.mount(
      '/x',
      async (request) => {
        let size = 0
        for await (const chunk of request.stream(10_000_000)) size += chunk.length
        return { status: 200, body: `size ${size}` }
      },
      { streamed: true },
    )
    const socket = await beginSlowly(it, 'x'.repeat(1_000_000), 1_000_001)
    socket.write('x')
    await expect.poll(socket.answer).toMatch(/\r\n\r\nsize 1000001$/)
    socket.end('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    await once(socket, 'close')
    expect(socket.answer()).toMatch(/"status":"ok"/)
  })

  it('B3: is given up when it only trickles', async () => {
    await using it = await startHttp({ config: impatient })
    const faults = counting(it)
    const socket = await beginSlowly(it, 'x', 4_000)
    socket.end('x')
    await expect.poll(socket.answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"request_timeout"/)
    expect(faults).toMatchObject([{ code: 'WAQ_REQUEST_TIMEOUT' }])
  })
})
