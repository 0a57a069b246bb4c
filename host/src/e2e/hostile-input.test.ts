import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Operation, operationsOf, pathWith } from './fixtures/operations.ts'
import { sendRaw } from './fixtures/raw.ts'
import { apiKey, Stack } from './fixtures/stack.ts'

const config = join(import.meta.dirname, 'fixtures/hostile.config.ts')
const key = { 'X-API-Key': apiKey }
const json = { ...key, 'Content-Type': 'application/json' }

describe.each([
  ['as it is', []],
  ['without __proto__', ['--disable-proto=delete']],
])('B4: the stock system on a Node %s', (_, nodeFlags) => {
  let stack: Stack
  let operations: Operation[]
  beforeAll(async () => {
    stack = await Stack.create()
    await stack.startHost({ config, nodeFlags })
    operations = await operationsOf(stack)
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  const look = async () => (await stack.request('POST', '/api/v2/commands/hostile.look', {})).body
  const post = (path: string, body: string, headers: Record<string, string> = json) =>
    fetch(`${stack.address}${path}`, { method: 'POST', headers, body })

  /** A worked request, with the way to a prototype in it and in every object inside of it. */
  function poisoned(example: Readonly<Record<string, unknown>>): string[] {
    const ways = [
      '"__proto__":{"polluted":true}',
      '"constructor":{"prototype":{"polluted":true}}',
      '"__proto__.polluted":true,"__proto__[polluted]":true,"constructor.prototype.polluted":true',
    ]
    const whole = JSON.stringify(example)
    return ways.flatMap((way) => {
      const at = [...whole.matchAll(/\{/g)].map(({ index }) => index + 1)
      return at.map((index) => {
        const rest = whole.slice(index)
        return `${whole.slice(0, index)}${way}${rest.startsWith('}') ? '' : ','}${rest}`
      })
    })
  }

  it('is reached by no body, query or form of any operation', async () => {
    const statuses = new Set<number>()
    for (const { method, path, hasBody, example } of operations) {
      const to = stack.address + pathWith(path, 'x')
      const bodies = hasBody ? poisoned(example ?? {}) : []
      for (const body of bodies) statuses.add((await fetch(to, { method, headers: json, body })).status)
      for (const query of [
        '__proto__[polluted]=1',
        '__proto__.polluted=1',
        'constructor[prototype][polluted]=1',
        '__proto__=1',
      ])
        statuses.add((await fetch(`${to}?${query}`, { method, headers: key })).status)
      if (!hasBody) continue
      const form = new URLSearchParams({ '__proto__[polluted]': '1' })
      statuses.add((await fetch(to, { method, headers: key, body: form })).status)
      const parts = new FormData()
      parts.set('__proto__.polluted', '1')
      statuses.add((await fetch(to, { method, headers: key, body: parts })).status)
    }
    expect([...statuses].filter((it) => it >= 500)).toEqual([])
    expect(await look()).toEqual({ added: [], hasProto: nodeFlags.length === 0 })
  })

  it('is reached by no list of people, template or field with a name of that kind', async () => {
    const upload = async (name: string, content: string) =>
      (await (await post(`/files?filename=${name}`, content, key)).json()) as { fileId: string }
    const names = 'phone,__proto__,constructor,prototype,__proto__.polluted,toString'
    const row = '+201001234567,polluted,polluted,polluted,polluted,polluted'
    const csv = await upload('people.csv', `${names}\n${row}\n`)
    const lines = await upload(
      'people.json',
      '{"phone":"+201001234568","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    )
    for (const { fileId } of [csv, lines]) {
      const answer = await stack.request('POST', '/api/v2/contacts/import', { fileId })
      expect(answer.body, answer.text).toMatchObject({ created: 1 })
    }
    const fields = { constructor: 'ACME Builders', prototype: 'x', toString: 'y' }
    const made = await stack.request('POST', '/api/v2/contacts', { phone: '+201001234569', fields })
    expect(made.body).toMatchObject({ fields })
    for (const text of ['{{__proto__}}', '{{constructor}}', '{{__proto__.polluted}}', '{{toString}}']) {
      const shown = await stack.request('POST', '/api/v2/templates/preview', { text, variables: { name: 'Mona' } })
      expect(shown.text).not.toMatch(/function|\[object|native code/)
    }
    expect(await look()).toMatchObject({ added: [] })
  })
})

describe('B11: an error', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.create()
    await stack.startHost({ config })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  /** What no answer may hold. */
  const inside = () =>
    new RegExp(`SELECT|SQLITE|node_modules|\\.ts\\b|\\n +at |waq_0123|${apiKey}|${stack.directory}|/home/`)

  async function demandProblem(response: Response, status: number): Promise<Record<string, unknown>> {
    const text = await response.text()
    expect(response.status, text).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(text).not.toMatch(inside())
    const problem = JSON.parse(text) as Record<string, unknown>
    expect(problem).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:waqtor:error:[a-z_]+$/),
      code: expect.stringMatching(/^[a-z_]+$/),
      detail: expect.any(String),
      requestId: response.headers.get('x-request-id'),
    })
    return problem
  }

  const ask = (path: string, init: RequestInit = {}) => fetch(stack.address + path, { headers: json, ...init })
  const fail = (how: string) => ask('/api/v2/commands/hostile.fail', { method: 'POST', body: JSON.stringify({ how }) })

  it.each([
    ['throws', 500],
    ['rejects', 500],
    ['throws null', 500],
    ['wrong output', 500],
    ['own error', 500],
    ['never ends', 504],
  ])('of a handler (%s) says nothing of what went wrong, and the log says all', async (how, status) => {
    const { requestId } = await demandProblem(await fail(how), status)
    expect(requestId).toMatch(/^req_/)
  })

  it('that a handler raises on purpose is told, and what caused it is not', async () => {
    expect(await demandProblem(await fail('own refusal'), 409)).toMatchObject({ code: 'conflict', detail: 'not today' })
  })

  it.each<[string, string, RequestInit, number]>([
    ['no credential', '/api/v2/contacts', { headers: {} }, 401],
    ['a wrong one', '/api/v2/contacts', { headers: { 'X-API-Key': 'wrong' } }, 401],
    ['a key in the URL', `/api/v2/contacts?api_key=${apiKey}`, {}, 400],
    ['no JSON', '/api/v2/contacts', { method: 'POST', body: '{' }, 400],
    ['a wrong input', '/api/v2/contacts', { method: 'POST', body: '{"nonsense":1}' }, 400],
    ['a wrong kind of body', '/api/v2/contacts', { method: 'POST', headers: key, body: '{}' }, 415],
    ['a body that is too large', '/api/v2/contacts', { method: 'POST', body: 'x'.repeat(1_000_001) }, 413],
    [
      'a compressed one',
      '/api/v2/contacts',
      { method: 'POST', headers: { ...json, 'Content-Encoding': 'gzip' }, body: 'x' },
      415,
    ],
    ['an unknown id', '/api/v2/contacts/con_x', {}, 404],
    ['an unknown account', '/api/v2/contacts?instance=nobody', {}, 404],
    ['an unknown route', '/api/v2/nothing', {}, 404],
    ['another method', '/api/v2/contacts', { method: 'PUT', body: '{}' }, 405],
    ['a cursor of somebody else', '/api/v2/contacts?cursor=x', {}, 400],
  ])('for %s is a problem document', async (_, path, init, status) => {
    await demandProblem(await ask(path, init), status)
  })

  it('of the disk names no path', async () => {
    const files = join(stack.data, 'files')
    await rm(files, { recursive: true })
    await writeFile(files, 'a file in the way')
    const problem = await demandProblem(await ask('/files?filename=a.csv', { method: 'POST', body: 'x' }), 503)
    expect(problem).toMatchObject({ code: 'storage_failed' })
  })
})

describe('B5: lines that are smuggled into a request', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.create()
    await stack.startHost()
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it.each([
    ['X-Request-Id', 'a\rSet-Cookie: pwned=1'],
    ['X-Request-Id', 'a\nSet-Cookie: pwned=1'],
    ['X-Request-Id', 'a Set-Cookie: pwned=1'],
    ['Idempotency-Key', 'a\rSet-Cookie: pwned=1'],
    ['Origin', 'null\rSet-Cookie: pwned=1'],
    ['Range', 'bytes=0-1\rSet-Cookie: pwned=1'],
  ])('in %s (%j) come back in no header', async (name, value) => {
    const body = '{"chatId":"+201001234567","text":"x"}'
    const answer = await sendRaw(
      stack.address,
      `POST /api/v2/messages/send-text HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${name}: ${value}\r\n\r\n${body}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /)
    expect(answer).not.toMatch(/pwned/)
  })

  it.each(['%0d%0aSet-Cookie:%20pwned=1', 'a%0aSet-Cookie:%20pwned=1', '%E5%98%8A%E5%98%8DSet-Cookie:%20pwned=1'])(
    'in a path or a query (%s) come back in no header',
    async (text) => {
      for (const path of [
        `/${text}`,
        `/api/v2/contacts/${text}`,
        `/api/v2/contacts?search=${text}`,
        `/files?filename=${text}`,
      ]) {
        const method = path.startsWith('/files') ? 'POST' : 'GET'
        const response = await fetch(stack.address + path, {
          method,
          headers: key,
          ...(method === 'POST' && { body: 'x' }),
        })
        expect([...response.headers.keys()]).not.toContain('set-cookie')
        if (response.status !== 201) continue
        const { fileId } = (await response.json()) as { fileId: string }
        const got = await fetch(`${stack.address}/files/${fileId}`, { headers: key })
        expect([...got.headers.keys()]).not.toContain('set-cookie')
        expect(got.headers.get('content-disposition')).not.toMatch(/[\r\n]/)
      }
    },
  )
})

describe('D12: a page of somebody else', () => {
  it('is given nothing across origins by the stock system, whatever its origin looks like', async () => {
    await using stack = await Stack.create()
    await stack.startHost()
    const own = stack.address
    const { port } = new URL(own)
    const origins = [
      'null',
      'http://evil.example',
      'https://evil.example',
      `http://localhost:${Number(port) + 1}`,
      `http://127.0.0.1.evil.example:${port}`,
      `http://evil127.0.0.1:${port}`,
      `${own}.evil.example`,
      `${own}@evil.example`,
      'file://',
      'chrome-extension://abc',
      '*',
    ]
    for (const origin of origins) {
      for (const path of ['/health', '/api/v2/contacts', '/api/v2/openapi.json', '/files', '/nothing']) {
        const asked = await fetch(own + path, { headers: { Origin: origin, ...key } })
        const preflight = await fetch(own + path, {
          method: 'OPTIONS',
          headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
        })
        for (const { headers } of [asked, preflight])
          expect([...headers.keys()].filter((it) => it.startsWith('access-control-'))).toEqual([])
        await asked.body?.cancel()
        await preflight.body?.cancel()
      }
    }
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example']) {
      const answer = await sendRaw(own, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 421 /)
    }
  })
})
