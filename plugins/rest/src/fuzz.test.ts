import { get } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RestTest, startRest } from './fixtures/start-rest.ts'

const leaks = /SELECT|\/home\/|\/work\/|node_modules|\.ts:|\bat \w+ \(|waq_[0-9A-Z]{26}_/

const segment = fc.oneof(
  fc.constantFrom(
    'things',
    'commands',
    'things.create',
    'things.get',
    'greet',
    'events',
    'stream',
    'openapi.json',
    'preview',
    'keys',
  ),
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2f',
    '%5c',
    '%00',
    '%',
    '%zz',
    '__proto__',
    'constructor',
    '~',
    '*',
    '{id}',
    '1',
    '-1',
    '1e9',
  ),
  fc.webSegment(),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
)
const path = fc.array(segment, { maxLength: 5 }).map((it) => `/${it.join('/')}`)
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((it) => `?${it}`),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('instance', 'limit', 'deep', 'parts', 'cursor', 'after', 'types', 'filter', '__proto__'),
        fc.string({ maxLength: 12 }),
      ),
    )
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`),
)
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, -0, 1e308, Number.MAX_SAFE_INTEGER + 2, 'default', '\u0000', '__proto__'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        'instance',
        'id',
        'name',
        'tags',
        'fields',
        'tree',
        'children',
        'how',
        'permissions',
        '__proto__',
        'constructor',
        'prototype',
        'limit',
      ),
      tie('any'),
      { maxKeys: 5 },
    ),
  ),
})).any
const body = fc.oneof(
  fc.constant(undefined),
  value.map((it) => JSON.stringify(it)),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.nat(60).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
)
const headers = fc.dictionary(
  fc.constantFrom(
    'Content-Type',
    'Idempotency-Key',
    'X-Request-Id',
    'Last-Event-ID',
    'Accept',
    'Content-Encoding',
    'Authorization',
    'Range',
    'If-None-Match',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'Cookie',
  ),
  fc
    .oneof(
      fc.constantFrom('application/json', 'text/plain', 'gzip', 'Bearer', 'Bearer x', '*/*', '1', 'GET'),
      fc.string({ maxLength: 20 }),
    )
    .map((it) => it.replaceAll(/[^\x20-\x7e]/g, '').trim()),
  { maxKeys: 3 },
)

async function send(
  it: RestTest,
  key: string | null,
  request: { path: string; query: string; method: string; body: string | undefined; headers: Record<string, string> },
) {
  const controller = new AbortController()
  const bodyless = request.method === 'GET' || request.method === 'HEAD'
  const response = await fetch(it.url + request.path + request.query, {
    method: request.method,
    headers: {
      'Content-Type': 'application/json',
      ...request.headers,
      ...(key !== null && { 'X-API-Key': key }),
    },
    ...(!bodyless && request.body !== undefined && { body: request.body }),
    redirect: 'manual',
    signal: controller.signal,
  })
  const type = response.headers.get('content-type') ?? ''
  // Streams have no end.
  const text = type.startsWith('text/event-stream') ? '' : await response.text()
  controller.abort()
  return { status: response.status, type, text }
}

/** Asks for a path as it stands; `fetch` would tidy it up first. */
function getRaw(it: RestTest, path: string): Promise<{ status: number; text: string }> {
  const { hostname, port, pathname } = new URL(it.url)
  return new Promise((resolve, reject) => {
    const asking = get({ hostname, port, path: pathname + path, headers: { 'X-API-Key': it.admin } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode!, text }))
    })
    asking.on('error', reject)
  })
}

describe('no request', () => {
  it('B1, B11: makes the server fail, or tell what it should not', async () => {
    await using it = await startRest()
    await it.log.attach('default')
    const keys = [it.admin, (await it.key(['things:*'], ['default'])).key, null]
    const request = fc.record({ path, query, method, body, headers })
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom(...keys), async (asked, key) => {
        const { status, type, text } = await send(it, key, asked)
        // The commands of this test that fail on purpose do so only when told how.
        if (!(asked.body ?? '').includes('"how"')) expect(status).toBeLessThan(500)
        expect(text).not.toMatch(leaks)
        if (status < 400) return
        expect(type).toBe('application/problem+json')
        if (asked.method !== 'HEAD')
          expect(JSON.parse(text)).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/) })
      }),
      { numRuns: 1_500 },
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect((await it.ask('/things/preview')).status).toBe(200)
  })

  it('B6: reaches a file, however its path is written', async () => {
    await using it = await startRest()
    const parts = [
      '..',
      '%2e%2e',
      '%2E.',
      '..%2f',
      '..%5c',
      '%252e%252e',
      '..;',
      '....//',
      '%c0%ae%c0%ae',
      '\\..',
      '//',
      '%00',
      '/etc/passwd',
      'etc/passwd',
      '%2fetc%2fpasswd',
      'C:%5cWindows',
      '\\\\host\\share',
      'local-key',
      'host.db',
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }), async (chosen) => {
        const { status, text } = await getRaw(it, `/${chosen.join('/')}`)
        expect([400, 401, 404, 421]).toContain(status)
        expect(text).not.toMatch(/root:|SQLite|waq_/)
      }),
      { numRuns: 500 },
    )
  })
})
