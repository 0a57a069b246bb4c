import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type Call,
  createBailHook,
  createKernel,
  createWaterfallHook,
  defineCommand,
  defineEvent,
  definePlugin,
  defineService,
  type PluginContext,
  type PluginEntry,
  resolve,
  StartupError,
  systemPrincipal,
  z,
} from './index.ts'
import { fake, testKernel } from './testing/index.ts'

// Each `@ts-expect-error` is checked by `tsc -b`: a wrong use that begins to compile fails the build. Where the kernel can
// see the mistake at run time as well, for plugins written in JavaScript, the test asks it.

interface Clock {
  now(): number
}
const Clock = defineService<Clock>('clock')
const Mailer = defineService<{ send(to: string): void }>('mailer')

const double = defineCommand('sums.double', {
  summary: 'Double a number',
  permission: 'sums:read',
  scope: 'host',
  input: z.object({ n: z.number(), times: z.number().default(1) }),
  output: z.object({ n: z.number() }),
})
const Doubled = defineEvent('sums.doubled', {
  kind: 'transient',
  permission: 'sums:read',
  scope: 'host',
  schema: z.object({ n: z.number() }),
})
const Booked = defineEvent('sums.booked', {
  kind: 'recorded',
  permission: 'sums:read',
  scope: 'instance',
  schema: z.object({ n: z.number() }),
})

/** Runs a setup in a kernel of its own; answers the problems that kept it from starting. */
async function problemsOf(setup: (ctx: PluginContext) => void, more: object = {}): Promise<string[]> {
  await using kernel = createKernel({
    plugins: [definePlugin({ name: 'wrong', config: z.object({}), setup, ...more })()],
  })
  const error = await kernel.start().catch((it: unknown) => it)
  return error instanceof StartupError ? error.problems.map((it) => it.code) : []
}

describe('tokens', () => {
  it('do not compile without a permission, a scope or a kind', () => {
    const schema = z.object({})
    const tokens = [
      // @ts-expect-error a command says who may call it
      defineCommand('a.b', { summary: 's', scope: 'host', input: schema, output: schema }),
      // @ts-expect-error a command says whether it belongs to an account
      defineCommand('a.b', { summary: 's', permission: 'a:read', input: schema, output: schema }),
      // @ts-expect-error a command says in a line what it does
      defineCommand('a.b', { permission: 'a:read', scope: 'host', input: schema, output: schema }),
      // @ts-expect-error an event is recorded or transient
      defineEvent('a.c', { permission: 'a:read', scope: 'host', schema }),
      // @ts-expect-error an event says who may see it
      defineEvent('a.c', { kind: 'transient', scope: 'host', schema }),
    ]
    expect(tokens.every(Object.isFrozen)).toBe(true)
  })

  it('of an account name it in their input', () => {
    const spec = { summary: 's', permission: 'a:read', output: z.object({}) } as const
    // @ts-expect-error the input has no `instance`
    defineCommand('a.b', { ...spec, scope: 'instance', input: z.object({ to: z.string() }) })
    // @ts-expect-error `instance` is a string
    defineCommand('a.b', { ...spec, scope: 'instance', input: z.object({ instance: z.number() }) })
    const input = z.object({ instance: z.string().default('default') })
    expect(defineCommand('a.b', { ...spec, scope: 'instance', input }).scope).toBe('instance')
  })

  it('take only the HTTP methods and paths that exist', () => {
    const spec = {
      summary: 's',
      permission: 'a:read',
      scope: 'host',
      input: z.object({}),
      output: z.object({}),
    } as const
    // @ts-expect-error there is no such method
    defineCommand('a.b', { ...spec, http: { method: 'FETCH', path: '/a' } })
    // @ts-expect-error a path begins with a slash
    defineCommand('a.b', { ...spec, http: { method: 'GET', path: 'a' } })
    expect(defineCommand('a.b', { ...spec, http: { method: 'GET', path: '/a' } }).http?.path).toBe('/a')
  })
})

describe('the options of a plugin', () => {
  const optional = definePlugin({ name: 'optional', config: z.object({ text: z.string().default('Hi') }), setup() {} })
  const required = definePlugin({ name: 'required', config: z.object({ file: z.string() }), setup() {} })
  const codes = (...entries: PluginEntry[]) => resolve(entries).problems.map((it) => it.code)

  it('are checked where the plugin is listed', () => {
    expect(codes(optional(), required({ file: 'x' }))).toEqual([])
    // @ts-expect-error a required option is missing
    expect(codes(required())).toEqual(['WAQ_CONFIG_INVALID'])
    // @ts-expect-error the option is a string
    expect(codes(required({ file: 1 }))).toEqual(['WAQ_CONFIG_INVALID'])
    // @ts-expect-error there is no such option
    expect(codes(optional({ txt: 'Hi' }))).toEqual(['WAQ_CONFIG_INVALID'])
  })

  it('make an entry: the plugin alone is none', () => {
    // @ts-expect-error the plugin was not called
    const entries: PluginEntry[] = [optional]
    expect(entries[0]).toBe(optional)
  })

  it('reach setup as the schema gives them, defaults filled in', async () => {
    let text = ''
    const plugin = definePlugin({
      name: 'greeter',
      config: z.object({ text: z.string().default('Hi'), retries: z.coerce.number().default(3) }),
      setup(ctx) {
        expectTypeOf(ctx.config).toEqualTypeOf<{ text: string; retries: number }>()
        // @ts-expect-error there is no such option
        expect(ctx.config.txt).toBeUndefined()
        text = `${ctx.config.text} ${ctx.config.retries}`
      },
    })
    await using _ = await testKernel({ plugins: [plugin()] })
    expect(text).toBe('Hi 3')
  })
})

describe('services', () => {
  it('are there when they were declared, and no others', async () => {
    let seen: unknown[] = []
    const plugin = definePlugin({
      name: 'user',
      config: z.object({}),
      requires: { clock: Clock },
      optional: { mailer: Mailer },
      setup(ctx) {
        expectTypeOf(ctx.services.clock).toEqualTypeOf<Clock>()
        expectTypeOf(ctx.services.mailer).toEqualTypeOf<{ send(to: string): void } | undefined>()
        // @ts-expect-error an optional service may be absent
        const send = () => ctx.services.mailer.send('x')
        // @ts-expect-error nobody declared this one
        seen = [ctx.services.clock.now(), ctx.services.database]
        expect(send).toThrow()
        // @ts-expect-error the service has no such method
        expect(ctx.services.clock.later).toBeUndefined()
      },
    })
    await using _ = await testKernel({ plugins: [plugin()], fakes: [fake(Clock, { now: () => 7 })] })
    expect(seen).toEqual([7, undefined])
  })

  it('are out of reach of a plugin that declares none', async () => {
    const plugin = definePlugin({
      name: 'loner',
      config: z.object({}),
      setup(ctx) {
        // @ts-expect-error nothing was declared
        expect(ctx.services.clock).toBeUndefined()
      },
    })
    await using test = await testKernel({ plugins: [plugin()], fakes: [fake(Clock, { now: () => 7 })] })
    expect(test.service(Clock).now()).toBe(7)
  })

  it('are provided as what their token says', async () => {
    const wrong = definePlugin({
      name: 'provider',
      config: z.object({}),
      provides: [Clock],
      setup(ctx) {
        // @ts-expect-error a clock answers a number
        ctx.provide(Clock, { now: () => 'noon' })
        // @ts-expect-error a clock has `now`
        ctx.provide(Clock, {})
        // @ts-expect-error not declared in `provides`: the compiler sees the wrong value, the kernel the missing declaration
        expect(() => ctx.provide(Mailer, 1)).toThrow("'provides' does not name it")
      },
    })
    await using _ = await testKernel({ plugins: [wrong()] })
    expect(await problemsOf((ctx) => ctx.provide(Mailer, { send() {} }))).toEqual(['WAQ_SERVICE_NOT_PROVIDED'])
    expect(await problemsOf(() => {}, { provides: [Clock] })).toEqual(['WAQ_SERVICE_NOT_PROVIDED'])
    // @ts-expect-error a fake has no more than the service
    fake(Clock, { later: () => 1 })
    // @ts-expect-error a fake answers as the service does
    fake(Clock, { now: () => 'noon' })
  })
})

describe('handlers', () => {
  it('take the parsed input and answer what the output schema reads', async () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup(ctx) {
        ctx.handle(double, (input, call) => {
          expectTypeOf(input).toEqualTypeOf<{ n: number; times: number }>()
          expectTypeOf(call).toEqualTypeOf<Call>()
          return { n: input.n * 2 ** input.times }
        })
      },
    })
    await using test = await testKernel({ plugins: [plugin()] })
    const answer = await test.run(double, { n: 4 })
    expectTypeOf(answer).toEqualTypeOf<{ n: number }>()
    expect(answer).toEqual({ n: 8 })
  })

  it('that answer something else do not compile, and do not get through', async () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup(ctx) {
        // @ts-expect-error the output has a number
        ctx.handle(double, ({ n }) => ({ n: `${n}` }))
      },
    })
    await using test = await testKernel({ plugins: [plugin()] })
    await expect(test.run(double, { n: 1 })).rejects.toMatchObject({ code: 'WAQ_OUTPUT_INVALID' })
  })

  it('that read an input which is not there do not compile', () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup(ctx) {
        // @ts-expect-error there is no `m`
        ctx.handle(double, ({ m }) => ({ n: m }))
        // @ts-expect-error a handler answers something
        ctx.handle(double, () => {})
        // @ts-expect-error only commands are handled
        ctx.handle(Doubled, () => ({ n: 1 }))
      },
    })
    expect(plugin.spec.name).toBe('sums')
  })

  it('are called with what the input schema takes', async () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup: (ctx) => ctx.handle(double, ({ n }) => ({ n: 2 * n })),
    })
    await using test = await testKernel({ plugins: [plugin()] })
    const { commands } = test.kernel
    const call = { principal: systemPrincipal }
    const wrong = [
      // @ts-expect-error `n` is a number
      commands.execute(double, { n: '1' }, call),
      // @ts-expect-error `n` is missing
      commands.execute(double, {}, call),
    ]
    for (const it of wrong) await expect(it).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    // @ts-expect-error a principal has permissions and instances
    await expect(commands.execute(double, { n: 1 }, { principal: { id: 'me' } })).rejects.toThrow()
    // @ts-expect-error the output has no `m`
    expect((await commands.execute(double, { n: 1 }, call)).m).toBeUndefined()
  })
})

describe('a call', () => {
  it('is handed on whole: a spread copy would have neither id nor signal', async () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup(ctx) {
        ctx.handle(double, ({ n }, call) => {
          // @ts-expect-error the copy is no call
          const copy: Call = { ...call }
          expect(copy.signal).toBeUndefined()
          return { n }
        })
      },
    })
    await using test = await testKernel({ plugins: [plugin()] })
    expect(await test.run(double, { n: 1 })).toEqual({ n: 1 })
  })
})

describe('events', () => {
  it('are emitted with what their schema takes, and only when they are transient', () => {
    const plugin = definePlugin({
      name: 'sums',
      config: z.object({}),
      setup(ctx) {
        // @ts-expect-error the event log writes recorded events
        ctx.emit(Booked, { n: 1 }, 'default')
        // @ts-expect-error `n` is a number
        ctx.emit(Doubled, { n: '1' })
        // @ts-expect-error `n` is missing
        ctx.emit(Doubled, {})
        // @ts-expect-error commands are not emitted
        ctx.emit(double, { n: 1 })
        ctx.emit(Doubled, { n: 1 })
        ctx.on(Booked, ({ n }, envelope) => {
          expectTypeOf(n).toEqualTypeOf<number>()
          expectTypeOf(envelope.data).toEqualTypeOf<{ n: number }>()
        })
        // @ts-expect-error there is no `m`
        ctx.on(Booked, ({ m }) => m)
      },
    })
    expect(plugin.spec.name).toBe('sums')
  })
})

describe('hooks', () => {
  it('are tapped with functions of their own shape', () => {
    const veto = createBailHook<[text: string], 'no'>({ name: 'veto', onError: 'abort' })
    const change = createWaterfallHook<number>({ name: 'change', onError: 'abort' })
    const plugin = definePlugin({
      name: 'tapper',
      config: z.object({}),
      setup(ctx) {
        ctx.tap(veto, (text) => (text === '' ? 'no' : undefined))
        ctx.tap(veto, () => {})
        ctx.tap(change, (n) => n + 1)
        // @ts-expect-error the only answer is 'no'
        ctx.tap(veto, () => 'yes')
        // @ts-expect-error the argument is a text
        ctx.tap(veto, (_: number) => {})
        // @ts-expect-error a number comes out of a waterfall of numbers
        ctx.tap(change, () => 'one')
        // @ts-expect-error a denial has a status, a code and a reason
        ctx.tap(ctx.kernel.hooks.authorize, () => ({ status: 403 }))
        // @ts-expect-error there is no such hook
        ctx.tap(ctx.kernel.hooks.shutdown, () => {})
      },
    })
    expect(plugin.spec.name).toBe('tapper')
  })
})

describe('the kernel that plugins see', () => {
  it('can be looked at and called, not stopped', () => {
    const plugin = definePlugin({
      name: 'guest',
      config: z.object({}),
      setup(ctx) {
        // @ts-expect-error only the host stops the kernel
        const stop = () => ctx.kernel.close()
        // @ts-expect-error only the host reloads it
        const reload = () => ctx.kernel.reload([])
        expect([stop, reload]).toHaveLength(2)
      },
    })
    expect(plugin.spec.name).toBe('guest')
  })
})
