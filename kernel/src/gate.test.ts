import { describe, expect, it, vi } from 'vitest'
import {
  type Call,
  type Denial,
  defineCommand,
  definePlugin,
  denied,
  type Guarded,
  type PluginContext,
  PluginFault,
  type Principal,
  z,
} from './index.ts'
import { testKernel } from './testing/index.ts'

const report = defineCommand('reports.make', {
  summary: 'Make a report',
  permission: 'reports:read',
  scope: 'instance',
  input: z.object({ instance: z.string().default('default') }),
  output: z.object({}),
})
const stream: Guarded = { id: 'reports.stream', permission: 'reports:read', scope: 'instance' }
const reader: Principal = {
  id: 'key-1',
  role: 'user',
  permissions: new Set(['reports:read']),
  instances: new Set(['default']),
}
const locked: Denial = {
  status: 403,
  code: 'feature_locked',
  reason: 'reports are locked',
  details: { feature: 'reports' },
}

type Check = (subject: Guarded, call: Call, instance: string | null) => unknown

/** A kernel in which `checks` stand at the gate, each of a plugin of its own. */
function guarded(...checks: Check[]) {
  const handler = definePlugin({
    name: 'reports',
    config: z.object({}),
    setup: (ctx: PluginContext) => ctx.handle(report, () => ({})),
  })
  const guards = checks.map((check, index) =>
    definePlugin({
      name: `guard-${index}`,
      config: z.object({}),
      // A plugin written in JavaScript may answer anything.
      setup: (ctx: PluginContext) => ctx.tap(ctx.kernel.hooks.authorize, check as () => undefined),
    })(),
  )
  return testKernel({ plugins: [handler(), ...guards] })
}

describe('the authorize hook', () => {
  it('lets pass what no tap denies', async () => {
    const checks = [vi.fn(), vi.fn(async () => {})]
    await using test = await guarded(...checks)
    expect(await test.run(report, {}, { principal: reader })).toEqual({})
    for (const check of checks) {
      expect(check.mock.calls.map((it) => it.slice(0, 3))).toEqual([
        [report, expect.objectContaining({ principal: reader }), 'default'],
      ])
    }
  })

  it('takes the first denial, with its code, reason and details', async () => {
    const second = vi.fn()
    await using test = await guarded(() => locked, second)
    await expect(test.run(report, {}, { principal: reader })).rejects.toMatchObject({
      code: 'WAQ_FEATURE_LOCKED',
      status: 403,
      message: 'reports are locked',
      details: { feature: 'reports' },
    })
    expect(second).not.toHaveBeenCalled()
  })

  it('is asked with the parsed input and where the caller is, or without an input for what is no command', async () => {
    const check = vi.fn()
    await using test = await guarded(check)
    await test.run(report, { instance: 'shop' }, { principal: reader, address: '192.0.2.7' }).catch(() => {})
    await test.run(report, {}, { principal: reader, address: '192.0.2.7' })
    await test.kernel.authorize(stream, { principal: reader }, 'default')
    expect(
      check.mock.calls.map(([subject, call, instance, input]) => [subject.id, call.address, instance, input]),
    ).toEqual([
      [report.id, '192.0.2.7', 'default', { instance: 'default' }],
      [stream.id, undefined, 'default', undefined],
    ])
  })

  it('can limit how often, and say when to come back', async () => {
    await using test = await guarded(() => ({ status: 429, code: 'rate_limited', reason: 'slowly', retryAfter: 7 }))
    await expect(test.run(report, {}, { principal: reader })).rejects.toMatchObject({
      code: 'WAQ_RATE_LIMITED',
      status: 429,
      retryAfter: 7,
    })
  })

  it('can only narrow: what the permission denies it is not even asked about', async () => {
    const check = vi.fn()
    await using test = await guarded(check)
    const may = (principal: Principal | null, instance: string | null = 'default') =>
      test.kernel.authorize(stream, { principal }, instance)
    expect(await may(null)).toMatchObject({ status: 401 })
    expect(await may({ ...reader, permissions: new Set() })).toMatchObject({ status: 403 })
    expect(await may(reader, 'other')).toMatchObject({ status: 403 })
    expect(check).not.toHaveBeenCalled()
    expect(await may(reader)).toBeUndefined()
    expect(check).toHaveBeenCalledOnce()
  })

  it.each<[string, Check]>([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('boom')
      },
    ],
    [
      'throws null',
      () => {
        throw null
      },
    ],
    ['answers null, which is not nothing', () => null],
    ['answers false', () => false],
    ['answers true', () => true],
    ['answers a text', () => 'no'],
    ['answers an empty object', () => ({})],
    ['answers a denial that is none', () => ({ status: 200, code: 'ok', reason: 'fine' })],
  ])('opens nothing when a tap %s', async (_, check) => {
    await using test = await guarded(check)
    await expect(test.run(report, {}, { principal: reader })).rejects.toMatchObject({
      code: 'WAQ_FORBIDDEN',
      status: 403,
    })
    expect(await test.kernel.authorize(stream, { principal: reader }, 'default')).toMatchObject({
      status: 403,
      code: 'forbidden',
    })
  })

  it('does not hide a later denial behind a tap that answers null', async () => {
    await using test = await guarded(
      () => null,
      () => locked,
    )
    await expect(test.run(report, {}, { principal: reader })).rejects.toMatchObject({ status: 403 })
  })

  it('names the plugin whose check broke, in the log and on the bus', async () => {
    await using test = await guarded(() => {
      throw new Error('boom')
    })
    await test.run(report, {}, { principal: reader }).catch(() => {})
    expect(test.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringMatching(/'guard-0'.*'authorize'.*boom/) }),
    )
    expect(test.events.filter((it) => it.type === PluginFault.id)).toMatchObject([{ data: { plugin: 'guard-0' } }])
  })

  it('opens nothing when a tap does not answer in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using test = await guarded(() => new Promise(() => {}))
    const refused = expect(test.run(report, {}, { principal: reader })).rejects.toMatchObject({ status: 403 })
    await vi.advanceTimersByTimeAsync(5000)
    await refused
    vi.useRealTimers()
  })
})

describe('the gate, for what is not a command', () => {
  it('is the same gate, and answers instead of throwing', async () => {
    await using test = await guarded((subject) => (subject.id === stream.id ? locked : undefined))
    expect(await test.kernel.authorize(stream, { principal: reader }, 'default')).toEqual(locked)
    expect(await test.kernel.authorize({ ...stream, permission: 'public' }, {}, 'default')).toEqual(locked)
    expect(
      await test.kernel.authorize({ ...stream, id: 'reports.export' }, { principal: reader }, null),
    ).toBeUndefined()
  })

  it('can be asked for its first half alone', async () => {
    const check = vi.fn(() => locked)
    await using test = await guarded(check)
    expect(test.kernel.refusal(stream, null)).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(test.kernel.refusal(stream, { ...reader, permissions: new Set(['reports:write']) })).toMatchObject({
      status: 403,
    })
    expect(test.kernel.refusal(stream, reader)).toBeUndefined()
    expect(check).not.toHaveBeenCalled()
  })

  it('passes a whole call to the checks, whatever the caller left out', async () => {
    let seen: Call | undefined
    await using test = await guarded((_, call) => {
      seen = call
    })
    await test.kernel.authorize(stream, { principal: reader, via: 'ws' }, 'default')
    expect(seen).toMatchObject({ id: expect.stringMatching(/^call_/), via: 'ws', principal: reader })
    expect(seen?.signal.aborted).toBe(false)
  })
})

describe('denied', () => {
  it('makes the error that doors show', () => {
    expect(denied({ status: 401, code: 'unauthenticated', reason: 'a credential is needed' })).toMatchObject({
      code: 'WAQ_UNAUTHENTICATED',
      status: 401,
      message: 'a credential is needed',
    })
  })
})
