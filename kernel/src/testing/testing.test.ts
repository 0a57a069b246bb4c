import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  createKernel,
  defineCommand,
  defineEvent,
  definePlugin,
  defineService,
  type PluginContext,
  type PluginEntry,
  z,
} from '../index.ts'
import { fake, leftBehind, leftovers, recordingLogger, snapshot, testKernel } from './index.ts'

const Greeting = defineService<{ text(): string }>('greeting')
const greet = defineCommand('greeter.greet', {
  summary: 'Greet',
  permission: 'greeter:write',
  scope: 'host',
  input: z.object({ to: z.string() }),
  output: z.object({ text: z.string() }),
})
const Greeted = defineEvent('greeter.greeted', {
  kind: 'transient',
  permission: 'greeter:read',
  scope: 'host',
  schema: z.object({ to: z.string() }),
})

const greeter = definePlugin({
  name: 'greeter',
  config: z.object({}),
  requires: { greeting: Greeting },
  events: [Greeted],
  setup(ctx) {
    const timer = setInterval(() => {}, 60_000)
    ctx.onClose(() => clearInterval(timer))
    ctx.tap(ctx.kernel.hooks.ready, () => {})
    ctx.on(Greeted, () => {})
    ctx.handle(greet, ({ to }) => {
      ctx.emit(Greeted, { to })
      return { text: `${ctx.services.greeting.text()} ${to}` }
    })
  },
})

const leaking = (leak: (ctx: PluginContext) => unknown): PluginEntry =>
  definePlugin({ name: 'leaking', config: z.object({}), setup: (ctx: PluginContext) => void leak(ctx) })()

describe('a test kernel', () => {
  it('stands fakes in for what the test leaves out, and keeps what was said and done', async () => {
    await using test = await testKernel({ plugins: [greeter()], fakes: [fake(Greeting, { text: () => 'Hello' })] })
    expect(await test.run(greet, { to: 'Mona' })).toEqual({ text: 'Hello Mona' })
    expect(test.events.map((it) => [it.type, it.data])).toContainEqual(['greeter.greeted', { to: 'Mona' }])
    expect(test.lines).toEqual([])
  })

  it('calls as the system unless it is told who calls', async () => {
    await using test = await testKernel({ plugins: [greeter()], fakes: [fake(Greeting, { text: () => 'Hello' })] })
    await expect(test.run(greet, { to: 'Mona' }, { principal: null })).rejects.toMatchObject({ status: 401 })
  })

  it('hands out the services of its plugins and its fakes', async () => {
    const greeting = definePlugin({
      name: 'greeting',
      config: z.object({}),
      provides: [Greeting],
      setup: (ctx) => ctx.provide(Greeting, { text: () => 'Ahlan' }),
    })
    await using test = await testKernel({ plugins: [greeter(), greeting()] })
    expect(test.service(Greeting).text()).toBe('Ahlan')
    const Missing = defineService<object>('missing')
    expect(() => test.service(Missing)).toThrow("'missing'")
  })

  it('does not start what would not start elsewhere', async () => {
    await expect(testKernel({ plugins: [greeter()] })).rejects.toMatchObject({
      problems: [{ code: 'WAQ_SERVICE_MISSING', plugin: 'greeter' }],
    })
  })
})

describe('a recording logger', () => {
  it('keeps every line with its level, its data and the bindings of its parents', () => {
    const log = recordingLogger()
    const child = log.child({ plugin: 'p' }).child({ instance: 'default' })
    log.debug('a')
    child.info('b', { n: 1 })
    child.warn('c')
    child.error('d')
    const bindings = { plugin: 'p', instance: 'default' }
    expect(log.lines).toEqual([
      { level: 'debug', message: 'a', data: {} },
      { level: 'info', message: 'b', data: { ...bindings, n: 1 } },
      { level: 'warn', message: 'c', data: bindings },
      { level: 'error', message: 'd', data: bindings },
    ])
  })
})

describe('F6: loading and closing a plugin a hundred times', () => {
  it('leaves nothing behind, be it in kernels of their own or in one that is reloaded', async () => {
    const before = snapshot()
    for (let i = 0; i < 100; i++) {
      await using _ = await testKernel({ plugins: [greeter()], fakes: [fake(Greeting, { text: () => 'Hello' })] })
    }
    expect(leftovers(before, snapshot())).toEqual([])

    const stand = definePlugin({
      name: 'stand',
      config: z.object({}),
      provides: [Greeting],
      setup: (ctx) => ctx.provide(Greeting, { text: () => 'Hello' }),
    })
    await using kernel = createKernel({ plugins: [stand()] })
    await kernel.start()
    const standing = snapshot(kernel)
    for (let i = 0; i < 100; i++) {
      await kernel.reload([stand(), greeter()])
      expect(kernel.commands.get('greeter.greet')).toBeDefined()
      await kernel.reload([stand()])
    }
    expect(leftovers(standing, snapshot(kernel))).toEqual([])
  })
})

describe('what is left behind', () => {
  it('is not what goes by itself a moment later, nor the timer that waits for it', async () => {
    const before = snapshot()
    setTimeout(() => {}, 60)
    expect(leftovers(before, snapshot())).toHaveLength(1)
    expect(await leftBehind(before, () => snapshot())).toEqual([])
  })

  it('is what stays, unless it may', async () => {
    const before = snapshot()
    // Two, for one of the test runner's own may have gone meanwhile.
    const timers = [1, 2].map(() => setInterval(() => {}, 60_000))
    expect(await leftBehind(before, () => snapshot(), { pauses: 2 })).toEqual([
      expect.stringMatching(/Timeout: \d+ → \d+/),
    ])
    expect(await leftBehind(before, () => snapshot(), { pauses: 0, ignoring: ['Timeout'] })).toEqual([])
    for (const it of timers) clearInterval(it)
  })
})

describe('F3: a plugin that leaks', () => {
  /** What the kit finds after the plugin was loaded and closed. */
  async function found(leak: (ctx: PluginContext) => unknown): Promise<string[]> {
    const kernel = createKernel({ plugins: [leaking(leak)] })
    const before = snapshot(kernel)
    await kernel.start()
    await kernel.close()
    return leftovers(before, snapshot(kernel))
  }

  it.each<[string, RegExp, (ctx: PluginContext) => () => unknown]>([
    [
      'a timer',
      /Timeout/,
      () => {
        const timer = setInterval(() => {}, 60_000)
        return () => clearInterval(timer)
      },
    ],
    [
      'a timer that keeps nothing alive',
      /Timeout/,
      () => {
        const timer = setInterval(() => {}, 60_000).unref()
        return () => clearInterval(timer)
      },
    ],
    [
      'a file',
      /file .*package\.json/,
      () => {
        const file = openSync('package.json', 'r')
        return () => closeSync(file)
      },
    ],
    ['a listener on the bus', /listener \*/, (ctx) => ctx.kernel.events.onAny(() => {})],
    ['a tap', /tap on 'boot' by leaking/, (ctx) => ctx.kernel.hooks.boot.tap('leaking', () => {})],
    [
      'a listener of the process',
      /SIGUSR2/,
      () => {
        const listener = () => {}
        process.on('SIGUSR2', listener)
        return () => process.off('SIGUSR2', listener)
      },
    ],
  ])('%s is caught', async (_, expected, leak) => {
    let mend: () => unknown = () => {}
    try {
      const lines = await found((ctx) => {
        mend = leak(ctx)
      })
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(expected)
    } finally {
      mend()
    }
  })

  it('a server is caught', async () => {
    const server = createServer()
    const kernel = createKernel({
      plugins: [
        leaking((ctx) =>
          ctx.tap(ctx.kernel.hooks.ready, () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
        ),
      ],
    })
    const before = snapshot(kernel)
    await kernel.start()
    await kernel.close()
    const lines = leftovers(before, snapshot(kernel))
    await new Promise((resolve) => server.close(resolve))
    expect(lines).toEqual([expect.stringContaining('TCPServer')])
  })
})
