import { definePlugin, type PluginEntry, z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { startRest } from './fixtures/start-rest.ts'
import { getThing, record, secret } from './fixtures/things.ts'

describe('a command with a route', () => {
  it('takes its input from the body, and answers with its status', async () => {
    await using it = await startRest()
    const answer = await it.ask('/things', {
      method: 'POST',
      body: { name: 'مرحبا', tags: ['a'] },
      headers: { 'X-Request-Id': 'mine', 'Idempotency-Key': 'once-1' },
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('x-request-id')).toBe('mine')
    expect(answer.body).toEqual({
      id: 1,
      name: 'مرحبا',
      tags: ['a'],
      call: { via: 'rest', id: 'mine', idempotencyKey: 'once-1', principal: expect.any(String) },
    })
    expect(it.calls[0]!.input).toEqual({ instance: 'default', name: 'مرحبا', tags: ['a'] })
  })

  it('takes its input from the query where there is no body, as its fields ask for', async () => {
    await using it = await startRest()
    expect((await it.ask('/things?limit=7&text=12&either=a,b&instance=shop')).body).toEqual({
      instance: 'shop',
      limit: 7,
      text: '12',
      either: 'a,b',
    })
    expect((await it.ask('/things/5?deep=true&parts=1,2')).body).toEqual({
      instance: 'default',
      id: 5,
      deep: true,
      parts: [1, 2],
    })
    expect((await it.ask('/things/preview')).body).toEqual({ preview: true })
  })

  it('gives the path the last word', async () => {
    await using it = await startRest()
    expect((await it.ask('/things/5?id=6')).body).toMatchObject({ id: 5 })
    expect((await it.ask('/things/5', { method: 'PATCH', body: { id: 6, name: 'n' } })).body).toMatchObject({ id: 5 })
  })

  it('finds the account in the body or in the query, and refuses two different ones', async () => {
    await using it = await startRest()
    const create = (path: string, body: object) => it.ask(path, { method: 'POST', body: { name: 'n', ...body } })
    await create('/things', { instance: 'a' })
    await create('/things?instance=b', {})
    await create('/things?instance=c', { instance: 'c' })
    expect(it.calls.map((call) => (call.input as { instance: string }).instance)).toEqual(['a', 'b', 'c'])
    expect(await create('/things?instance=d', { instance: 'e' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'instance', message: 'the body names another one than the query' }] },
    })
    expect((await create('/things?instance=d&instance=d', {})).status).toBe(400)
  })

  it('answers without a body where there is nothing to say', async () => {
    await using it = await startRest()
    const deleted = await it.ask('/things/5', { method: 'DELETE' })
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await it.ask('/commands/things.nothing', { method: 'POST' })).status).toBe(204)
  })

  it('is asked with HEAD as with GET', async () => {
    await using it = await startRest()
    const head = await it.ask('/things/preview', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '16', ''])
  })

  it('hears when the client goes away', async () => {
    const aborted = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const patient = definePlugin({
      name: 'patient',
      config: z.object({}),
      setup(ctx) {
        ctx.handle(
          { ...getThing, id: 'patient.wait', http: { method: 'GET', path: '/wait/{id}' } },
          async (input, call) => {
            call.signal.addEventListener('abort', () => aborted.resolve())
            entered.resolve()
            await aborted.promise
            return input
          },
        )
      },
    })
    await using it = await startRest({ more: [patient()] })
    const controller = new AbortController()
    const asking = it.ask('/wait/1', { signal: controller.signal }).catch(() => {})
    await entered.promise
    controller.abort()
    await asking
    await aborted.promise
  })
})

describe('any command', () => {
  it('is reached under its id as well', async () => {
    await using it = await startRest()
    const tree = { name: 'a', children: [{ name: 'b', children: [] }] }
    expect((await it.ask('/commands/things.grow', { method: 'POST', body: { tree } })).body).toEqual(tree)
    expect((await it.ask('/commands/things.get', { method: 'POST', body: { id: 3, deep: true } })).body).toMatchObject({
      id: 3,
    })
    expect((await it.ask('/commands/things.create', { method: 'POST', body: { name: 'x' } })).status).toBe(201)
    expect(
      (await it.ask('/commands/things.get?instance=shop', { method: 'POST', body: { id: 3 } })).body,
    ).toMatchObject({
      instance: 'shop',
    })
  })

  it('that is not there is told only to those who said who they are', async () => {
    await using it = await startRest()
    const ask = (key?: string | null) => it.ask('/commands/no.such', { method: 'POST', key: key as string })
    expect((await it.ask('/commands/no.such', { method: 'POST' })).body).toMatchObject({
      status: 404,
      code: 'command_unknown',
    })
    expect((await ask(null)).status).toBe(401)
  })
})

describe('refusals', () => {
  it('come in one order: who, permission, input, account', async () => {
    await using it = await startRest()
    const reader = (await it.key(['things:read'])).key
    const shop = (await it.key(['things:*'], ['shop'])).key
    const bad = { method: 'POST', body: '{' } as const
    const good = { method: 'POST', body: { name: 'n', instance: 'office' } } as const
    const seen = [
      await it.ask('/things', { ...bad, key: null }),
      await it.ask('/things', { ...bad, key: 'wrong' }),
      await it.ask('/things', { ...bad, key: reader }),
      await it.ask('/things', { ...bad, key: shop }),
      await it.ask('/things', { ...good, key: shop }),
      await it.ask('/things?instance=shop', { method: 'POST', body: { name: 'n' }, key: shop }),
    ]
    expect(seen.map(({ status, body }) => `${status} ${body.code ?? ''}`)).toEqual([
      '401 unauthenticated',
      '401 unauthenticated',
      '403 forbidden',
      '400 json_invalid',
      '403 forbidden',
      '201 ',
    ])
    expect(it.calls).toHaveLength(1)
  })

  it('hold for what a parsed input would say, too', async () => {
    await using it = await startRest()
    const shop = (await it.key(['things:*'], ['shop'])).key
    const invalid = await it.ask('/things', { method: 'POST', body: { instance: 'office' }, key: shop })
    expect(invalid.status).toBe(400)
    expect(invalid.body.errors).toEqual([{ path: 'name', message: expect.any(String) }])
  })

  it('leave public commands to everyone, and a wrong key wrong', async () => {
    await using it = await startRest()
    expect((await it.ask('/greet', { method: 'POST', key: null })).body).toEqual({ text: 'Hello, you' })
    expect((await it.ask('/greet', { method: 'POST', key: 'wrong' })).status).toBe(401)
  })

  it('tell an unknown route from a wrong method, to those who said who they are', async () => {
    await using it = await startRest()
    expect((await it.ask('/nothing')).body).toMatchObject({ status: 404, code: 'route_unknown' })
    const wrong = await it.ask('/things/5', { method: 'PUT', body: {} })
    expect([wrong.status, wrong.headers.get('allow'), wrong.body.code]).toEqual([
      405,
      'DELETE, GET, PATCH',
      'method_not_allowed',
    ])
    expect((await it.ask('/nothing', { key: null })).status).toBe(401)
    expect((await it.ask('/things/5', { key: null, method: 'PUT' })).status).toBe(401)
    expect((await it.ask('')).status).toBe(404)
  })

  it.each([
    ['text/plain', '{"name":"n"}', 415],
    ['application/x-www-form-urlencoded', 'name=n', 415],
    ['application/json; charset=utf-16', '{"name":"n"}', 415],
    ['application/jsonp', '{"name":"n"}', 415],
    ['application/json', '[]', 400],
    ['application/json', 'null', 400],
    ['application/json', '"text"', 400],
    ['application/json', '{"name":', 400],
    ['application/json', `{"name":"n","fields":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`, 400],
    ['application/json', '{"name":"n","__proto__":{"polluted":1}}', 400],
    ['application/json', '{"name":"n"}', 201],
    ['application/json;charset=UTF-8', '{"name":"n"}', 201],
    ['Application/JSON; charset="utf-8"', '\ufeff{"name":"n"}', 201],
  ])('look at a body sent as %s: %s', async (type, body, status) => {
    await using it = await startRest()
    const answer = await it.ask('/things', { method: 'POST', body, headers: { 'Content-Type': type } })
    expect(answer.status).toBe(status)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('include bytes that are no UTF-8 and a body without a type', async () => {
    await using it = await startRest()
    const send = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
      fetch(`${it.url}/things`, { method: 'POST', body, headers: { 'X-API-Key': it.admin, ...headers } })
    const latin1 = Buffer.from('{"name":"\xe4"}', 'latin1')
    expect((await send(latin1, { 'Content-Type': 'application/json' })).status).toBe(400)
    expect((await send(Buffer.from('{"name":"n"}'), {})).status).toBe(415)
  })

  it.each(['', 'a b', 'ä', 'x'.repeat(256)])('B5: include the Idempotency-Key %j', async (key) => {
    await using it = await startRest()
    const encoded = Buffer.from(key).toString('latin1')
    const answer = await it.ask('/things', {
      method: 'POST',
      body: { name: 'n' },
      headers: { 'Idempotency-Key': encoded },
    })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'Idempotency-Key' }] } })
    expect(it.calls).toEqual([])
  })

  it('B11: say nothing about what went wrong inside', async () => {
    await using it = await startRest()
    const expected = { throw: 500, null: 500, 'not-ready': 503, gone: 404, output: 500, bigint: 500 }
    for (const [how, status] of Object.entries(expected)) {
      const answer = await it.ask('/break', { method: 'POST', body: { how }, headers: { 'X-Request-Id': `id-${how}` } })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.text).not.toMatch(/SELECT|home|\.ts|BigInt/)
      expect(answer.body).toMatchObject({ status, requestId: `id-${how}` })
      const logged = it.test.lines.filter(
        (line) => (line.data as { requestId?: string }).requestId === `id-${how}` && line.level === 'error',
      )
      expect(logged).toHaveLength(status >= 500 ? 1 : 0)
    }
    expect(JSON.stringify(it.test.lines.map((line) => line.message))).toContain(secret)
    expect((await it.ask('/break', { method: 'POST', body: { how: 'not-ready' } })).headers.get('retry-after')).toBe(
      '5',
    )
  })
})

describe('the routes', () => {
  const extra = (text: string, path: `/${string}` = '/extra/{id}') =>
    definePlugin({
      name: 'extra',
      config: z.object({}),
      setup(ctx) {
        ctx.handle({ ...getThing, id: 'extra.get', http: { method: 'GET', path } }, () => ({ text }))
      },
    })

  it('come and go with the plugins', async () => {
    const started = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const slow = definePlugin({
      name: 'extra',
      config: z.object({}),
      async setup(ctx) {
        started.resolve()
        await goOn.promise
        ctx.handle({ ...getThing, id: 'extra.get', http: { method: 'GET', path: '/extra/{id}' } }, () => ({
          text: 'new',
        }))
      },
    })
    await using it = await startRest({ more: [extra('old')()] })
    const entries = (last: PluginEntry[]) => [...it.entries.slice(0, -1), ...last]
    expect((await it.ask('/extra/1')).body).toEqual({ text: 'old' })

    const reloading = it.test.kernel.reload(entries([slow()]))
    await started.promise
    const meanwhile = await it.ask('/extra/1')
    expect([meanwhile.status, meanwhile.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await it.ask('/commands/extra.get', { method: 'POST', body: {} })).status).toBe(503)
    expect((await it.ask('/things/1')).status).toBe(200)
    goOn.resolve()
    await reloading
    expect((await it.ask('/extra/1')).body).toEqual({ text: 'new' })

    await it.test.kernel.reload(entries([]))
    expect((await it.ask('/extra/1')).status).toBe(404)
    expect((await it.ask('/commands/extra.get', { method: 'POST', body: {} })).status).toBe(404)
  })

  it('are kept by who has them; another command is still reached by its id', async () => {
    await using it = await startRest({ more: [extra('extra', '/things/{id}')()] })
    expect((await it.ask('/things/1')).body).toEqual({ text: 'extra' })
    expect((await it.ask('/commands/things.get', { method: 'POST', body: { id: 2 } })).body).toMatchObject({ id: 2 })
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        data: expect.objectContaining({ command: 'things.get', instead: 'POST /commands/things.get' }),
      }),
    )
  })

  it('do without events where nothing keeps them', async () => {
    await using it = await startRest({ withEvents: false })
    expect((await it.ask('/events/stream')).status).toBe(404)
    expect((await it.ask('/openapi.json')).body.paths).not.toHaveProperty('/events/stream')
  })

  it('F6: are gone with the plugin, and nothing is left behind, however often it comes and goes', async () => {
    await using it = await startRest()
    const without = it.entries.filter(({ spec }) => spec.name !== 'rest')
    const look = async () => {
      await it.test.kernel.reload(it.entries)
      await record(it, 'default', 1)
      for (const path of ['/things/1', '/openapi.json', '/reference', '/commands/no.such']) await it.ask(path)
      const stream = new AbortController()
      await fetch(`${it.url}/events/stream?after=0`, { headers: { 'X-API-Key': it.admin }, signal: stream.signal })
      await it.test.kernel.reload(without)
      stream.abort()
      expect((await it.ask('/things/1')).body.code).toBe('route_unknown')
      return () => snapshot(it.test.kernel)
    }
    await look()
    const before = (await look())()
    // The connections of this very client are kept in the same process, and are as many as it likes.
    const left = async () => leftBehind(before, await look(), { ignoring: ['TCPSocketWrap'] })
    for (let i = 0; i < 20; i++) expect(await left()).toEqual([])
  })
})
