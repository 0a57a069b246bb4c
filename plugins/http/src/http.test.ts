import { createServer } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import { fail, HostInfo, type HttpRequest, type Problem } from '@waqtor/contracts'
import { definePlugin, type PluginEntry, StartupError, WaqtorError, z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { admin, oneKey, sendRaw, startHttp } from './fixtures/start-http.ts'
import http from './index.ts'

const hello = () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' })
const json = async (response: Response) => ({ status: response.status, body: await response.json() })

describe('a mounted handler', () => {
  it('gets what the server knows of a request', async () => {
    await using it = await startHttp()
    const seen: HttpRequest[] = []
    it.http.mount('/api', (request) => {
      seen.push(request)
      return hello()
    })
    await fetch(`${it.url}/api/a%20b?x=1`, { headers: { 'X-Request-Id': 'mine-1' } })
    await fetch(`${it.url}/api`, { headers: { 'X-API-Key': 'right' } })
    expect(seen).toMatchObject([
      { path: '/a b', search: '?x=1', requestId: 'mine-1', address: '127.0.0.1', principal: null },
      { path: '/', search: '', requestId: expect.stringMatching(/^req_/), principal: admin },
    ])
    expect(seen[0]!.url.searchParams.get('x')).toBe('1')
    expect(seen[0]!.url).toBe(seen[0]!.url)
    expect(seen[0]!.request.method).toBe('GET')
  })

  it('knows where a request came from, however quickly its client leaves', async () => {
    await using it = await startHttp()
    const seen: string[] = []
    it.http.mount('/api', async (request) => {
      seen.push(request.address)
      return hello()
    })
    const { hostname, port } = new URL(it.url)
    const request = 'POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx'
    const visit = () =>
      new Promise<void>((resolve) => {
        const socket = createConnection(Number(port), hostname, () => {
          socket.write(request, () => socket.resetAndDestroy())
        })
        socket.on('close', () => resolve())
      })
    // Of some the server hears nothing at all; of most it does.
    while (seen.length < 20) await visit()
    expect(new Set(seen)).toEqual(new Set(['127.0.0.1']))
  })

  it('answers with a reply, a Response, a stream, or nothing', async () => {
    await using it = await startHttp()
    it.http.mount('/reply', () => ({ status: 201, headers: { 'x-own': 'ä' }, body: 'مرحبا' }))
    it.http.mount('/bytes', () => ({ status: 200, body: new Uint8Array([1, 2]) }))
    it.http.mount('/none', () => ({ status: 204 }))
    it.http.mount('/empty', () => ({ status: 200 }))
    it.http.mount('/response', () =>
      Response.json(
        { a: 1 },
        {
          headers: [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
          ],
        },
      ),
    )
    it.http.mount('/bare', () => new Response(null, { status: 202 }))
    it.http.mount('/stream', () => new Response(ReadableStream.from([Buffer.from('one '), Buffer.from('two')])))
    const ask = (path: string, method = 'GET') => fetch(it.url + path, { method })

    const reply = await ask('/reply')
    expect([reply.status, reply.headers.get('content-length'), await reply.text()]).toEqual([201, '10', 'مرحبا'])
    expect(new Uint8Array(await (await ask('/bytes')).arrayBuffer())).toEqual(new Uint8Array([1, 2]))
    expect((await ask('/none')).status).toBe(204)
    expect((await ask('/empty')).headers.get('content-length')).toBe('0')
    const response = await ask('/response')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.json()).toEqual({ a: 1 })
    expect((await ask('/bare')).status).toBe(202)
    expect(await (await ask('/stream')).text()).toBe('one two')
    expect(await (await ask('/stream', 'HEAD')).text()).toBe('')
    const head = await ask('/reply', 'HEAD')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([201, '10', ''])
  })

  it('can set headers of its own in place of the standing ones', async () => {
    await using it = await startHttp()
    it.http.mount('/page', () => ({ status: 200, headers: { 'content-security-policy': "default-src 'self'" } }))
    it.http.mount('/response', () => new Response('', { headers: { 'Cache-Control': 'max-age=5' } }))
    const page = await fetch(`${it.url}/page`)
    expect(page.headers.get('content-security-policy')).toBe("default-src 'self'")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await fetch(`${it.url}/response`)).headers.get('cache-control')).toBe('max-age=5')
  })

  it('is gone at once when it is unmounted', async () => {
    await using it = await startHttp()
    const undo = it.http.mount('/x', hello)
    expect((await fetch(`${it.url}/x`)).status).toBe(200)
    undo()
    expect(await json(await fetch(`${it.url}/x`))).toMatchObject({ status: 404, body: { code: 'route_unknown' } })
  })

  it('B5, B11: may fail: the caller gets a problem, the log the cause under the same request id', async () => {
    await using it = await startHttp()
    const secret = 'SELECT secret FROM /home/me/host.db'
    it.http.mount('/throws', () => {
      throw new Error(secret)
    })
    it.http.mount('/rejects', async () => {
      throw new WaqtorError('WAQ_SOMETHING', secret, { status: 502, retryAfter: 3 })
    })
    it.http.mount('/refuses', () => {
      throw new WaqtorError('WAQ_FORBIDDEN', 'not you')
    })
    it.http.mount('/header', () => ({ status: 200, headers: { 'x-own': 'a\r\nx-injected: 1' }, body: 'x' }))
    it.http.mount('/status', () => ({ status: 9_999 }))
    for (const [path, status] of [
      ['/throws', 500],
      ['/rejects', 502],
      ['/header', 500],
      ['/status', 500],
    ] as const) {
      const response = await fetch(it.url + path, { headers: { 'X-Request-Id': 'the-id' } })
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('x-request-id')).toBe('the-id')
      expect(response.headers.has('x-injected')).toBe(false)
      expect(response.headers.get('retry-after')).toBe(path === '/rejects' ? '3' : null)
      const text = await response.text()
      expect(text).not.toMatch(/SELECT|home|\.ts|at /)
      expect(JSON.parse(text)).toMatchObject({ status, requestId: 'the-id' })
    }
    const logged = it.test.lines.filter((line) => line.level === 'error')
    expect(logged).toHaveLength(4)
    expect(logged[0]!.data).toMatchObject({ requestId: 'the-id', cause: new Error(secret) })

    const refused = await json(await fetch(`${it.url}/refuses`))
    expect(refused).toMatchObject({ status: 403, body: { detail: 'not you', code: 'forbidden' } })
    expect(it.test.lines.filter((line) => line.level === 'error')).toHaveLength(4)
  })

  it('B11: may fail with what cannot be told', async () => {
    await using it = await startHttp()
    const cycle: Record<string, unknown> = {}
    cycle.cycle = cycle
    it.http.mount('/details', () => {
      throw new WaqtorError('WAQ_FORBIDDEN', 'not you', { details: cycle })
    })
    it.http.mount('/allow', () => {
      throw new WaqtorError('WAQ_METHOD_NOT_ALLOWED', 'not so', {
        status: 405,
        details: { allow: 'a\r\nx-injected: 1' },
      })
    })
    for (const path of ['/details', '/allow', '/%64etails']) {
      const answer = await json(await fetch(it.url + path))
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal', requestId: expect.any(String) } })
    }
    expect(it.test.lines.filter((line) => line.level === 'error')).toHaveLength(3)
  })

  it('ends the connection when its stream fails, so that a part is not taken for the whole', async () => {
    await using it = await startHttp()
    const stream = async function* () {
      yield Buffer.from('part')
      throw new Error('secret')
    }
    it.http.mount('/stream', () => new Response(ReadableStream.from(stream())))
    const response = await fetch(`${it.url}/stream`)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('hears of a client that went away', async () => {
    await using it = await startHttp()
    const cancelled = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    it.http.mount('/stream', () => {
      const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(Buffer.alloc(100_000))
      return new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }))
    })
    const entered = Promise.withResolvers<void>()
    it.http.mount('/slow', async ({ request }) => {
      entered.resolve()
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()))
      aborted.resolve()
      throw new Error('nobody hears this')
    })
    for (const [path, heard] of [
      ['/stream', cancelled],
      ['/slow', aborted],
    ] as const) {
      const controller = new AbortController()
      const asking = fetch(it.url + path, { signal: controller.signal }).catch(() => {})
      if (path === '/stream') await asking
      else await entered.promise
      controller.abort()
      if (path === '/slow') await asking
      await heard.promise
    }
    await it.test.kernel.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })

  it('has its stream cancelled when the client has left before the answer', async () => {
    await using it = await startHttp()
    const entered = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    it.http.mount('/late', async ({ request }) => {
      entered.resolve()
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()))
      return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }))
    })
    const controller = new AbortController()
    const asking = fetch(`${it.url}/late`, { signal: controller.signal }).catch(() => {})
    await entered.promise
    controller.abort()
    await asking
    await cancelled.promise
  })

  it('is not asked faster than a client reads', async () => {
    await using it = await startHttp()
    let pulled = 0
    it.http.mount('/stream', () => {
      const pull = (controller: ReadableStreamDefaultController) => {
        pulled++
        controller.enqueue(Buffer.alloc(1_000_000))
        if (pulled === 200) controller.close()
      }
      return new Response(new ReadableStream({ pull }))
    })
    const response = await fetch(`${it.url}/stream`)
    const reader = response.body!.getReader()
    await reader.read()
    expect(pulled).toBeLessThan(100)
    let size = 0
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) size += chunk.value.length
    expect(pulled).toBe(200)
    expect(size).toBeGreaterThan(190_000_000)
  })
})

describe('a mount with a way of its own to write errors', () => {
  const problem = ({ detail, code }: Problem) => ({ ok: false, error: detail, code })
  const seen = async (response: Response) => ({
    status: response.status,
    type: response.headers.get('content-type'),
    body: await response.json(),
  })

  it('has those of the server written so as well, and no others', async () => {
    await using it = await startHttp({ config: { rateLimit: { perSecond: 0.001, burst: 3 }, bodyLimitBytes: 10 } })
    it.http.mount('/legacy', () => Promise.reject(fail('WAQ_NOT_FOUND', 'there is none')), { problem })
    it.http.mount('/legacy/new', () => Promise.reject(fail('WAQ_NOT_FOUND', 'there is none')))
    const ask = (path: string, init: RequestInit = {}) => fetch(it.url + path, init).then(seen)
    const type = 'application/json'
    expect(await ask('/legacy/x', { headers: { 'X-API-Key': 'wrong' } })).toEqual({
      status: 401,
      type,
      body: { ok: false, error: 'the key is wrong, expired or revoked', code: 'unauthenticated' },
    })
    const large = await ask('/legacy', { method: 'POST', body: 'x'.repeat(11) })
    expect(large).toMatchObject({ status: 413, type, body: { ok: false, code: 'body_too_large' } })
    expect(await ask('/legacy')).toMatchObject({ status: 404, body: { ok: false, error: 'there is none' } })
    expect((await ask('/legacy/new')).type).toBe('application/problem+json')
    expect(await ask('/legacy')).toMatchObject({ status: 429, type, body: { ok: false, code: 'rate_limited' } })
    expect((await ask('/elsewhere')).type).toBe('application/problem+json')
  })

  it('cannot keep an error from being told by failing itself', async () => {
    await using it = await startHttp()
    const broken = () => {
      throw new Error('of the mount')
    }
    it.http.mount('/broken', () => Promise.reject(fail('WAQ_NOT_FOUND', 'there is none')), { problem: broken })
    expect(await seen(await fetch(`${it.url}/broken`))).toMatchObject({
      status: 500,
      type: 'application/problem+json',
      body: { code: 'internal' },
    })
  })
})

describe('every answer', () => {
  it('carries the standing headers and a request id', async () => {
    await using it = await startHttp()
    it.http.mount('/x', hello)
    for (const path of ['/x', '/health', '/nothing']) {
      const { headers } = await fetch(it.url + path)
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-request-id': expect.stringMatching(/^req_\w{26}$/),
      })
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
  })

  it('B5: takes a request id over only when it is harmless', async () => {
    await using it = await startHttp()
    for (const [id, taken] of [
      ['a.b-c_1', true],
      ['x'.repeat(64), true],
      ['x'.repeat(65), false],
      ['a b', false],
      ['<script>', false],
      ['', false],
    ] as const) {
      const { headers } = await fetch(`${it.url}/x`, { headers: { 'X-Request-Id': id } })
      expect(headers.get('x-request-id') === id).toBe(taken)
    }
  })
})

describe('a request is refused', () => {
  it('with a wrong key, before anything else is looked at', async () => {
    await using it = await startHttp()
    it.http.mount('/x', hello)
    const response = await fetch(`${it.url}/nothing`, {
      method: 'POST',
      headers: { 'X-API-Key': 'wrong', 'Content-Encoding': 'gzip' },
      body: 'x'.repeat(1_100_000),
    })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await json(response)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  })

  it('with two keys that differ, although one of them is right', async () => {
    const bearer = /^Bearer (.+)$/
    const authenticate: (typeof oneKey)['authenticate'] = async (headers) => {
      if (bearer.exec(headers.get('authorization') ?? '')?.[1] === 'right') return admin
      throw new WaqtorError('WAQ_UNAUTHENTICATED', 'the key is wrong, expired or revoked')
    }
    await using it = await startHttp({ authentication: { ...oneKey, authenticate } })
    it.http.mount('/x', hello)
    const ask = (...keys: readonly string[]) => {
      const lines = keys.map((key) => `Authorization: Bearer ${key}\r\n`).join('')
      return sendRaw(it.url, `GET /x HTTP/1.1\r\nHost: localhost\r\n${lines}Connection: close\r\n\r\n`)
    }
    expect(await ask('right')).toMatch(/^HTTP\/1.1 200 /)
    expect(await ask('right', 'wrong')).toMatch(/^HTTP\/1.1 401 /)
  })

  it('D12: with a name that is not ours in the Host header', async () => {
    await using it = await startHttp({ config: { allowedHosts: ['waqtor.example.org'] } })
    it.http.mount('/x', hello)
    const ask = (host: string) => sendRaw(it.url, `GET /x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(await ask('waqtor.example.org')).toMatch(/^HTTP\/1.1 200 /)
    const refused = await ask('evil.example:8080')
    expect(refused).toMatch(/^HTTP\/1.1 421 /)
    expect(refused).toContain('"code":"host_not_allowed"')
  })

  it('with a key in its URL', async () => {
    await using it = await startHttp()
    it.http.mount('/x', hello)
    const response = await fetch(`${it.url}/x?api_key=right`, { headers: { 'X-API-Key': 'right' } })
    expect(await json(response)).toMatchObject({ status: 400, body: { code: 'key_in_url' } })
    expect(JSON.stringify(it.test.lines)).not.toContain('api_key=right')
  })

  it('B12: when it comes too often, by key and by address, and health is served all the same', async () => {
    await using it = await startHttp({ config: { rateLimit: { perSecond: 0.001, burst: 2 } } })
    it.http.mount('/x', hello)
    const ask = async (key?: string) => {
      const response = await fetch(`${it.url}/x`, { headers: key ? { 'X-API-Key': key } : {} })
      return `${response.status} ${response.headers.get('retry-after')}`
    }
    expect([await ask(), await ask(), await ask()]).toEqual([
      '200 null',
      '200 null',
      expect.stringMatching(/^429 \d+$/),
    ])
    expect([await ask('right'), await ask('right'), await ask('right')].map((it) => it.slice(0, 3))).toEqual([
      '200',
      '200',
      '429',
    ])
    expect((await fetch(`${it.url}/health`)).status).toBe(200)
  })

  it.each([
    ['GET /x HTTP/1.1\r\n\r\n', 400],
    ['GET /x HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['GET x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['GET http://evil.example/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 200],
    ['GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['GET //x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
    ['nonsense\r\n\r\n', 400],
    ['GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400],
    [`GET /x HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['TRACE /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 405],
  ])('in its own words or not at all: %j', async (bytes, status) => {
    await using it = await startHttp()
    it.http.mount('/x', hello)
    const answer = await sendRaw(it.url, bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (status !== 200) expect(answer).toMatch(/content-type: application\/problem\+json[\s\S]*"requestId":"req_/)
    expect(answer).not.toMatch(/\.ts|node:|Error:/)
  })

  it('B3: when its headers do not arrive in time', async () => {
    await using it = await startHttp({ config: { headersTimeoutMs: 50, requestTimeoutMs: 100 } })
    const answer = await sendRaw(it.url, 'GET / HTTP/1.1\r\nHost: localhost\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/)
  })
})

describe('a body', () => {
  const echo = async (request: HttpRequest) => ({ status: 200, body: String((await request.body()).byteLength) })
  const chunks = (sizes: readonly number[]) =>
    sizes.map((size) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`).join('')
  const chunked = 'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'

  it('is read whole, whichever way its length is told, and by Request as well', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    it.http.mount('/request', async ({ request }) => ({ status: 200, body: String((await request.text()).length) }))
    const send = async (path: string, body: string) => (await fetch(it.url + path, { method: 'POST', body })).text()
    expect([await send('/x', 'x'.repeat(1_000)), await send('/x', ''), await send('/request', 'abc')]).toEqual([
      '1000',
      '0',
      '3',
    ])
    expect(await sendRaw(it.url, chunked, chunks([400, 600, 0]))).toMatch(/\r\n1000$/)
    expect(await sendRaw(it.url, chunked.replace('/x', '/request'), chunks([2, 3, 0]))).toMatch(/\r\n5$/)
    expect(await (await fetch(`${it.url}/x`)).text()).toBe('0')
  })

  it('B3: is refused when it is announced too large, without being read', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    const response = await fetch(`${it.url}/x`, { method: 'POST', body: 'x'.repeat(1_001) })
    expect(await json(response)).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    const announced = await sendRaw(
      it.url,
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n',
      // The server answers now; what comes next only ends the connection.
      Buffer.alloc(0),
    )
    expect(announced).toMatch(/^HTTP\/1.1 413 /)
  })

  it('is asked for when the client waits for leave', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    it.http.mount('/x', echo)
    const answer = await sendRaw(
      it.url,
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
      'abc',
    )
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 [\s\S]*\r\n3$/)
  })

  it('B3: is refused at the first chunk too many', async () => {
    await using it = await startHttp({ config: { bodyLimitBytes: 1_000 } })
    let called = false
    it.http.mount('/x', (request) => {
      called = true
      return echo(request)
    })
    expect(await sendRaw(it.url, chunked, chunks([600, 600]))).toMatch(/^HTTP\/1.1 413 /)
    expect(called).toBe(false)
  })

  it.each(['gzip', 'deflate', 'br', 'GZIP', 'identity, gzip'])(
    'B7: is refused when it is compressed with %s',
    async (encoding) => {
      await using it = await startHttp()
      it.http.mount('/x', echo)
      const response = await fetch(`${it.url}/x`, {
        method: 'POST',
        body: 'x',
        headers: { 'Content-Encoding': encoding },
      })
      expect(await json(response)).toMatchObject({ status: 415, body: { code: 'encoding_unsupported' } })
    },
  )

  it('that breaks off is no fault of ours', async () => {
    await using it = await startHttp()
    const entered = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<unknown[]>()
    it.http.mount('/x', async (request) => {
      entered.resolve()
      const first = await request.body().catch((error) => error)
      const afterTheConnectionHasGone = await request.body().catch((error) => error)
      failed.resolve([first, afterTheConnectionHasGone])
      throw first
    })
    const { port } = new URL(it.url)
    const socket = createConnection(Number(port), '127.0.0.1', () => {
      socket.write('POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc')
    })
    await entered.promise
    socket.destroy()
    expect(await failed.promise).toMatchObject([{ code: 'WAQ_REQUEST_INVALID' }, { code: 'WAQ_REQUEST_INVALID' }])
    await it.test.kernel.close()
    expect(it.test.lines.filter((line) => line.level === 'error')).toEqual([])
  })
})

describe('/health', () => {
  it('needs no key, looks at none, and says nothing private', async () => {
    let ready = false
    await using it = await startHttp({ isReady: () => ready })
    const ask = async () => json(await fetch(`${it.url}/health`, { headers: { 'X-API-Key': 'wrong' } }))
    expect(await ask()).toEqual({ status: 200, body: { status: 'ok', ready: false } })
    ready = true
    expect(await ask()).toEqual({ status: 200, body: { status: 'ok', ready: true } })
  })

  it('is 503 until there is a key, where keys are asked for', async () => {
    let keys = false
    await using it = await startHttp({ authentication: { ...oneKey, hasKeys: async () => keys } })
    expect((await fetch(`${it.url}/health`)).status).toBe(503)
    keys = true
    expect((await fetch(`${it.url}/health`)).status).toBe(200)
    await using open = await startHttp({ authentication: null })
    expect((await fetch(`${open.url}/health`)).status).toBe(200)
  })

  it('is read only', async () => {
    await using it = await startHttp()
    const response = await fetch(`${it.url}/health`, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${it.url}/health`, { method: 'HEAD' })).status).toBe(200)
  })
})

describe('the server', () => {
  const problemsOf = async (starting: Promise<unknown>) => {
    const error = await starting.then(
      () => undefined,
      (it) => it,
    )
    expect(error).toBeInstanceOf(StartupError)
    return (error as StartupError).problems
  }

  it('listens where flags and environment say, else where the config does', async () => {
    await using it = await startHttp({ options: { host: '127.0.0.2', port: '0' }, config: { port: 1 } })
    expect(it.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/)
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({ message: 'listening', data: { plugin: 'http', address: it.url } }),
    )
    await it.test.kernel.close()
    expect(it.http.address).toBeUndefined()
  })

  it('does not listen in a kernel that only answers the command line', async () => {
    await using it = await startHttp({ options: { serve: false } })
    expect(it.http.address).toBeUndefined()
  })

  it('names a port that is taken and says what to do', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    try {
      expect(await problemsOf(startHttp({ config: { port } }))).toMatchObject([
        {
          code: 'WAQ_PORT_IN_USE',
          plugin: 'http',
          message: `port ${port} on 127.0.0.1 is in use by another program: stop it, or choose another port with --port or WAQTOR_PORT`,
        },
      ])
    } finally {
      other.close()
    }
  })

  it.each([
    [{ host: '203.0.113.7' }, { hasKeys: async () => true }, "this machine has no address '203.0.113.7'"],
    [{ host: 'no such name' }, { hasKeys: async () => true }, "this machine has no address 'no such name'"],
    [{ port: 'http' }, {}, "port 'http': give a name"],
    [{ port: 65_536 }, {}, "port '65536': give a name"],
  ])('says why it cannot listen at %j', async (options, authentication, said) => {
    const problems = await problemsOf(startHttp({ options, authentication }))
    expect(problems[0]!.message).toContain(said)
  })

  it('is open to other machines only when somebody has made a key', async () => {
    const asked: unknown[] = []
    const hasKeys = async (options: unknown) => {
      asked.push(options)
      return false
    }
    for (const authentication of [{ hasKeys }, null]) {
      const [problem] = await problemsOf(startHttp({ config: { host: '0.0.0.0' }, authentication }))
      expect(problem).toMatchObject({ code: 'WAQ_LISTEN_REFUSED', plugin: 'http' })
      expect(problem!.message).toContain('set WAQTOR_API_KEY')
    }
    expect(asked).toEqual([{ made: true }])
    await using open = await startHttp({ config: { host: '0.0.0.0' } })
    expect(open.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
  })

  it('finishes what is under way before it stops, and takes nothing new', async () => {
    const it = await startHttp()
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    it.http.mount('/slow', async () => {
      entered.resolve()
      await leave.promise
      return hello()
    })
    const asking = fetch(`${it.url}/slow`)
    await entered.promise
    const closing = it.test.kernel.close()
    await expect.poll(() => fetch(`${it.url}/health`).catch(() => 'refused')).toBe('refused')
    leave.resolve()
    const response = await asking
    expect([response.headers.get('connection'), await response.text()]).toEqual(['close', 'hello'])
    await closing
  })

  it('cuts what does not finish in time', async () => {
    const it = await startHttp({ config: { closeTimeoutMs: 20 } })
    const entered = Promise.withResolvers<void>()
    it.http.mount('/stuck', () => {
      entered.resolve()
      return new Promise<never>(() => {})
    })
    const asking = fetch(`${it.url}/stuck`).catch((error) => error.cause.code)
    await entered.promise
    await it.test.kernel.close()
    expect(['UND_ERR_SOCKET', 'ECONNRESET']).toContain(await asking)
  })

  it('does not change the globals of the process', async () => {
    const before = [globalThis.Request, globalThis.Response]
    await using _ = await startHttp()
    expect([globalThis.Request, globalThis.Response]).toEqual(before)
  })

  it('F6: leaves nothing behind, however often it comes and goes', async () => {
    const host = { dataDirectory: '/nowhere', version: '1', options: { port: 0 }, isReady: () => true }
    const round = async (plugins: PluginEntry[]) => {
      const test = await testKernel({ plugins, fakes: [fake(HostInfo, host)] })
      await test.kernel.close()
      return () => snapshot(test.kernel)
    }
    await round([http()])
    const before = (await round([definePlugin({ name: 'nothing', config: z.object({}), setup() {} })()]))()
    for (let i = 0; i < 50; i++) expect(await leftBehind(before, await round([http()]))).toEqual([])
  })
})
