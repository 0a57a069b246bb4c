import { WaqtorError } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { admin, hello, json, oneKey, sendRaw, startHttp } from './fixtures/start-http.ts'

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
