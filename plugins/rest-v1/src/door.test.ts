import { defineCompatibleRoutes, fail } from '@waqtor/contracts'
import { type Call, type Denial, defineCommand, definePlugin, type PluginEntry, WaqtorError, z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import rest from '@waqtor/plugin-rest'
import { describe, expect, it } from 'vitest'
import { startRestV1 } from './fixtures/start-rest-v1.ts'
import { routeNames } from './testing/index.ts'

const getRule = defineCommand('rules.get', {
  summary: 'A command of a plugin that brings routes of its own',
  permission: 'rules:read',
  scope: 'instance',
  input: z.strictObject({
    instance: z.string().default('default'),
    id: z.string(),
    words: z.array(z.string()).default([]),
  }),
  output: z.object({ id: z.string(), words: z.array(z.string()), by: z.string() }),
})

/** What a plugin does that brings its own routes: by token, with names that are checked as the code is compiled. */
const rules = (by: string, { path = '/rules/{id}' as `/${string}`, setup = async () => {} } = {}) =>
  definePlugin({
    name: 'rules',
    config: z.object({}),
    contributes: [
      defineCompatibleRoutes([
        {
          method: 'PUT',
          path,
          commands: [getRule.id],
          status: 202,
          answer: async ({ params, body, query, instance }, execute) => {
            const rule = await execute(getRule, { instance, id: params.id, words: body.words })
            return { data: { ...rule, query } }
          },
        },
      ]),
    ],
    async setup(ctx) {
      await setup()
      ctx.handle(getRule, ({ id, words }) => ({ id, words, by }))
    },
  })()

const failing = (how: (kind: string, call: Call) => never) => {
  const command = defineCommand('failures.fail', {
    summary: 'Fails as it is told',
    permission: 'failures:write',
    scope: 'host',
    input: z.strictObject({ how: z.string() }),
    output: z.object({}),
  })
  return definePlugin({
    name: 'failures',
    config: z.object({}),
    contributes: [
      defineCompatibleRoutes([
        {
          method: 'POST',
          path: '/fail',
          commands: [command.id],
          answer: ({ body }, execute) => execute(command, { how: body.how }),
        },
      ]),
    ],
    setup: (ctx) => ctx.handle(command, ({ how: kind }, call) => how(kind, call)),
  })()
}

const locked = (denial: Denial) =>
  definePlugin({
    name: 'lock',
    config: z.object({}),
    setup(ctx) {
      ctx.tap(ctx.kernel.hooks.authorize, ({ permission }) =>
        permission.startsWith('campaigns:') ? denial : undefined,
      )
    },
  })()

describe('the compatible surface', () => {
  it('is the same under /api and /api/v1', async () => {
    await using it = await startRestV1()
    const headers = { 'X-Request-Id': 'same' }
    for (const path of ['/sessions/default', '/campaigns/list', '/nothing', '/campaigns/none']) {
      const [one, two] = [await it.ask(`/api${path}`, { headers }), await it.ask(`/api/v1${path}`, { headers })]
      expect([two.status, two.text]).toEqual([one.status, one.text])
    }
    const bearer = { Authorization: `Bearer ${it.admin}` }
    expect((await it.ask('/api/v1/status/client', { key: null, headers: bearer })).status).toBe(200)
  })

  it('says what is not there, and which methods are', async () => {
    await using it = await startRestV1()
    for (const path of ['', '/', '/nothing', '/messages', '/campaigns/a/b/c', '/v3/status/client'])
      expect((await it.ask(`/api${path}`)).body).toMatchObject({ success: false, code: 'route_unknown' })
    const wrong = await it.ask('/api/webhooks/x', { method: 'POST', body: {} })
    expect([wrong.status, wrong.headers.get('allow'), wrong.body.code]).toEqual([
      405,
      'DELETE, GET, PATCH, PUT',
      'method_not_allowed',
    ])
  })

  it('B10: shares accounts, campaigns and idempotency keys with /api/v2, which answers as it does', async () => {
    await using it = await startRestV1({ more: [rest()] })
    const send = (path: string, body: object) =>
      it.ask(path, { method: 'POST', body, headers: { 'Idempotency-Key': 'order-1' } })
    const one = await send('/api/messages/send-text', {
      phone: '+20 100 123 4567',
      message: 'Hi {{name}}',
      name: 'Mona',
    })
    const two = await send('/api/v2/messages/send-text', { chatId: '201001234567', text: 'Hi Mona' })
    expect(two.body).toEqual({ messageId: one.body.messageId, timestamp: one.body.timestamp })
    expect((await it.ask('/api/v2/messages')).body.items).toHaveLength(1)
    const other = await send('/api/v2/messages/send-text', { chatId: '201001234567', text: 'Hi Nora' })
    expect([other.status, other.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect((await it.ask('/api/v2/status/client')).body).toMatchObject({ type: 'urn:waqtor:error:route_unknown' })
  })

  it('is asked with HEAD as with GET', async () => {
    await using it = await startRestV1()
    const head = await it.ask('/api/status/version', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it('has no routes of plugins that are not there', async () => {
    const without = ['notifications', 'webhooks', 'campaigns', 'contacts', 'files']
    await using it = await startRestV1({ without })
    const gone = /^\/(notifications|webhooks|campaigns)|\/(upload|send-file)$/
    for (const { method, path } of routeNames()) {
      const { status, body } = await it.ask(`/api${path.replace('{id}', 'x')}`, { method })
      expect([path, status === 404 && body.code === 'route_unknown']).toEqual([path, gone.test(path)])
    }
    expect((await it.ask('/api/webhooks', { method: 'PATCH' })).status).toBe(404)
    expect((await it.ask('/api/webhooks', { key: null })).status).toBe(401)
  })

  it('takes the body as JSON and nothing else, within the limit that a route has', async () => {
    await using it = await startRestV1({ config: { largeBodyBytes: 30_000 }, http: { bodyLimitBytes: 10_000 } })
    const post = (path: string, body: unknown, headers = {}) => it.ask(path, { method: 'POST', body, headers })
    const text = post('/api/messages/send-text', '{}', { 'Content-Type': 'text/plain' })
    expect((await text).body).toMatchObject({ success: false, code: 'media_type_unsupported' })
    const long = { phone: '201001234567', text: 'x'.repeat(15_000) }
    expect((await post('/api/messages/send-text', long)).status).toBe(413)
    const file = { phone: '201001234567', media: 'A'.repeat(20_000) }
    expect((await post('/api/messages/send-media', file)).status).toBe(200)
    const larger = await post('/api/messages/send-media', { ...file, media: 'A'.repeat(30_000) })
    expect([larger.status, larger.body.code]).toEqual([413, 'body_too_large'])
  })

  it('B4: takes nothing that reaches for a prototype', async () => {
    await using it = await startRestV1()
    const bodies = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']
    for (const body of bodies)
      expect((await it.ask('/api/messages/send-text', { method: 'POST', body })).body.code).toBe('json_invalid')
    await it.ask('/api/campaigns/list?__proto__=x&__proto__[polluted]=1&constructor[prototype][polluted]=1')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('refuses what is no Idempotency-Key', async () => {
    await using it = await startRestV1()
    const body = { phone: '201001234567', text: 'x' }
    const headers = { 'Idempotency-Key': 'a b' }
    const { status, body: answer } = await it.ask('/api/messages/send-text', { method: 'POST', body, headers })
    expect([status, answer.errors]).toMatchObject([400, [{ path: 'Idempotency-Key' }]])
  })
})

describe('errors', () => {
  it('tell that a feature is locked, and how long its code is', async () => {
    const details = { feature: 'campaigns', codeLength: 6 }
    const denial = { status: 403, code: 'feature_locked', reason: 'this needs an access code', details } as const
    await using it = await startRestV1({ more: [locked(denial)] })
    const { status, body } = await it.ask('/api/campaigns/list')
    expect([status, body]).toEqual([
      403,
      {
        success: false,
        error: 'this needs an access code',
        code: 'feature_locked',
        feature: 'campaigns',
        codeLength: 6,
        fix: expect.any(String),
        requestId: expect.any(String),
      },
    ])
  })

  it('B12: tell who must wait, and how long', async () => {
    await using it = await startRestV1({ http: { rateLimit: { perSecond: 0.01, burst: 3 } } })
    const answers = []
    for (let i = 0; i < 5; i++) answers.push(await it.ask('/api/status/version'))
    const last = answers.at(-1)!
    expect(last.body).toMatchObject({ success: false, error: 'too many requests', code: 'rate_limited' })
    expect([last.status, Number(last.headers.get('retry-after')) > 0]).toEqual([429, true])
  })

  it('B11: say nothing about what went wrong inside', async () => {
    const secret = 'SELECT secret FROM /home/me/host.db'
    const thrown: Readonly<Record<string, unknown>> = {
      throw: new Error(secret),
      null: null,
      storage: fail('WAQ_STORAGE_CORRUPT', secret),
      full: fail('WAQ_STORAGE_FULL', secret),
      'not-ready': fail('WAQ_SESSION_NOT_READY', secret, { retryAfter: 5 }),
      details: new WaqtorError('WAQ_COMMAND_FAILED', secret, { details: { path: secret } }),
      foreign: new WaqtorError('WAQ_OF_SOMEBODY', secret, { status: 503 }),
      lie: fail('WAQ_CONFLICT', 'no', { details: { success: true, error: 'all is well', code: 'fine' } }),
    }
    const how = (kind: string) => {
      throw thrown[kind]
    }
    await using it = await startRestV1({ more: [failing(how)] })
    const expected = {
      throw: 500,
      null: 500,
      storage: 503,
      full: 507,
      'not-ready': 503,
      details: 500,
      foreign: 503,
      lie: 409,
    }
    for (const [kind, status] of Object.entries(expected)) {
      const answer = await it.ask('/api/fail', { method: 'POST', body: { how: kind } })
      expect([kind, answer.status, answer.body.success]).toEqual([kind, status, false])
      expect(answer.body).toMatchObject({
        error: expect.any(String),
        code: expect.any(String),
        requestId: expect.any(String),
      })
      expect(answer.text).not.toMatch(/SELECT|home|\.ts:|all is well/)
      expect(answer.headers.get('content-type')).toBe('application/json')
    }
    const wait = await it.ask('/api/fail', { method: 'POST', body: { how: 'not-ready' } })
    expect(wait.headers.get('retry-after')).toBe('5')
  })

  it('are those of the surface for everything that the server refuses itself', async () => {
    await using it = await startRestV1()
    const zipped = { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' }
    const answer = await it.ask('/api/messages/send-text', {
      method: 'POST',
      body: new Uint8Array([1]),
      headers: zipped,
    })
    expect([answer.status, answer.body]).toMatchObject([415, { success: false, code: 'encoding_unsupported' }])
    expect((await it.ask('/elsewhere')).body).not.toHaveProperty('success')
  })
})

describe('routes of other plugins', () => {
  it('are asked as those of this one, and go with their plugin', async () => {
    await using it = await startRestV1({ more: [rules('old')] })
    const ask = (path = '/api/rules/7?x=1', key = it.admin) =>
      it.ask(path, { method: 'PUT', body: { words: ['a'] }, key })
    expect([(await ask()).status, (await ask()).body]).toEqual([
      202,
      { success: true, data: { id: '7', words: ['a'], by: 'old', query: { x: '1' } } },
    ])
    expect((await ask('/api/rules/7', await it.key(['messages:*']))).status).toBe(403)
    expect((await ask('/api/rules/7?clientId=office', await it.key(['*'], ['shop']))).status).toBe(403)
    await it.test.kernel.reload(it.entries.filter(({ spec }) => spec.name !== 'rules'))
    expect((await ask()).body.code).toBe('route_unknown')
  })

  it('are to be asked again while their plugin is restarted', async () => {
    await using it = await startRestV1({ more: [rules('old')] })
    const ask = () => it.ask('/api/rules/7', { method: 'PUT', body: {} })
    expect((await ask()).body.data.by).toBe('old')
    const started = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const setup = () => {
      started.resolve()
      return goOn.promise
    }
    const reloading = it.test.kernel.reload([...it.entries.slice(0, -1), rules('new', { setup })])
    await started.promise
    const meanwhile = await ask()
    expect([meanwhile.status, meanwhile.body.code, meanwhile.headers.get('retry-after')]).toEqual([
      503,
      'reloading',
      '1',
    ])
    goOn.resolve()
    await reloading
    expect((await ask()).body.data.by).toBe('new')
  })

  it('take no place of another one', async () => {
    await using it = await startRestV1({ more: [rules('x', { path: '/webhooks/{name}' })] })
    const { body } = await it.ask('/api/webhooks/none', { method: 'PUT', body: {} })
    expect(body.code).toBe('not_found')
    expect(it.test.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', data: expect.objectContaining({ route: 'PUT /webhooks/{name}' }) }),
    )
  })
})

describe('the plugin', () => {
  it('is gone when it is taken out, and nothing is left behind, however often it comes and goes', async () => {
    await using it = await startRestV1()
    const without: readonly PluginEntry[] = it.entries.filter(({ spec }) => spec.name !== 'rest-v1')
    const form = new FormData()
    form.append('file', new Blob(['a']), 'a.txt')
    const look = async () => {
      await it.test.kernel.reload(it.entries)
      for (const path of ['/status/client', '/campaigns/list', '/nothing']) await it.ask(`/api${path}`)
      await it.ask('/api/messages/upload', { method: 'POST', body: form })
      const bulk = { recipients: ['201001234567'], text: 'x' }
      await it.ask('/api/messages/send-bulk', { method: 'POST', body: bulk, headers: { 'Idempotency-Key': 'k' } })
      await it.test.kernel.reload(without)
      expect((await it.ask('/api/status/client')).body.type).toBe('urn:waqtor:error:route_unknown')
      return () => snapshot(it.test.kernel)
    }
    await look()
    const before = (await look())()
    // The connections of this very client are kept in the same process, and are as many as it likes.
    const left = async () => leftBehind(before, await look(), { ignoring: ['TCPSocketWrap'] })
    for (let i = 0; i < 10; i++) expect(await left()).toEqual([])
  })
})
