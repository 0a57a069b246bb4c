import { createConnection } from 'node:net'
import { fail, type HttpRequest, type Problem } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { admin, hello, json, startHttp } from './fixtures/start-http.ts'

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
