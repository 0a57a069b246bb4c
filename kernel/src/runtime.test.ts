import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createKernel,
  createSeriesHook,
  defineCommand,
  defineEvent,
  definePlugin,
  defineService,
  type PluginContext,
  StartupError,
  systemPrincipal,
  type WaqtorError,
  z,
} from './index.ts'
import { leftovers, recordingLogger, snapshot } from './testing/index.ts'

const Clock = defineService<{ now(): number }>('clock')
const Rang = defineEvent('clock.rang', {
  kind: 'transient',
  permission: 'clock:read',
  scope: 'host',
  schema: z.object({}),
})
const ring = defineCommand('clock.ring', {
  summary: 'Ring',
  permission: 'clock:write',
  scope: 'host',
  input: z.object({}),
  output: z.object({}),
})

const clock = (setup: (ctx: PluginContext) => void | Promise<void>, more: object = {}) =>
  definePlugin({ name: 'clock', config: z.object({}), setup, ...more })()

async function problemsOf(setup: (ctx: PluginContext) => void | Promise<void>, timeoutMs = {}) {
  const kernel = createKernel({ plugins: [clock(setup)], timeoutMs })
  const before = snapshot(kernel)
  const error = await kernel.start().catch((it: unknown) => it)
  expect(error).toBeInstanceOf(StartupError)
  return { kernel, before, problems: (error as StartupError).problems }
}

/** Registers one of everything that a context offers. */
function registerAll(ctx: PluginContext) {
  ctx.provide(Clock, { now: () => 1 })
  ctx.handle(ring, () => ({}))
  ctx.on(Rang, () => {})
  ctx.tap(ctx.kernel.hooks.boot, () => {})
  ctx.tap(ctx.kernel.hooks.authorize, () => {})
}

describe('closing a plugin', () => {
  it('undoes everything it registered, the last first', async () => {
    const steps: string[] = []
    const kernel = createKernel({
      plugins: [
        clock(
          (ctx) => {
            ctx.onClose(() => steps.push(`first: ${kernel.inspect().services.length} service`))
            ctx.provide(Clock, { now: () => 1 })
            ctx.onClose(() => steps.push(`second: ${kernel.inspect().commands.length} command`))
            ctx.handle(ring, () => ({}))
            ctx.onClose(async () => {
              await Promise.resolve()
              steps.push(
                `third: ${kernel.inspect().services.length} service, ${kernel.inspect().commands.length} command`,
              )
            })
          },
          { provides: [Clock] },
        ),
      ],
    })
    await kernel.start()
    await kernel.close()
    expect(steps).toEqual(['third: 1 service, 1 command', 'second: 0 command', 'first: 0 service'])
  })

  it('leaves nothing in any registry', async () => {
    const kernel = createKernel({ plugins: [clock(registerAll, { provides: [Clock], events: [Rang] })] })
    const before = snapshot(kernel)
    await kernel.start()
    expect(leftovers(before, snapshot(kernel))).toHaveLength(6)
    expect(kernel.inspect().plugins).toMatchObject([{ name: 'clock', state: 'active', provides: ['clock'] }])
    await kernel.close()
    expect(leftovers(before, snapshot(kernel))).toEqual([])
    expect(kernel.inspect().plugins).toEqual([])
  })

  it('aborts the signal of the plugin before anything is undone', async () => {
    let abortedFirst: boolean | undefined
    const kernel = createKernel({
      plugins: [
        clock((ctx) => {
          ctx.onClose(() => {
            abortedFirst = ctx.signal.aborted
          })
        }),
      ],
    })
    await kernel.start()
    await kernel.close()
    expect(abortedFirst).toBe(true)
  })

  it.each<[string, () => unknown]>([
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
  ])('goes on with the rest when an undo %s, and says whose it was', async (_, fail) => {
    const undone: string[] = []
    const log = recordingLogger()
    const kernel = createKernel({
      log,
      plugins: [
        clock((ctx) => {
          ctx.onClose(() => undone.push('first'))
          ctx.onClose(fail)
          ctx.onClose(() => undone.push('last'))
        }),
      ],
    })
    await kernel.start()
    await kernel.close()
    expect(undone).toEqual(['last', 'first'])
    expect(log.lines.filter((it) => it.level === 'error')).toMatchObject([
      {
        message: expect.stringContaining("'clock'"),
        data: { plugin: 'clock', phase: 'close', code: 'WAQ_CLOSE_FAILED' },
      },
    ])
  })
})

describe('a setup that fails', () => {
  it.each<[string, unknown, string]>([
    ['an error', new Error('boom'), 'setup failed: boom'],
    ['a text', 'boom', 'setup failed: boom'],
    ['null', null, 'setup failed: null'],
    ['nothing', undefined, 'setup failed: undefined'],
  ])('with %s leaves nothing behind, and the problem says who and why', async (_, thrown, message) => {
    const { kernel, before, problems } = await problemsOf(async (ctx) => {
      ctx.handle(ring, () => ({}))
      ctx.tap(ctx.kernel.hooks.boot, () => {})
      await Promise.resolve()
      throw thrown
    })
    expect(problems).toMatchObject([{ code: 'WAQ_SETUP_FAILED', plugin: 'clock', message, fix: expect.any(String) }])
    expect(leftovers(before, snapshot(kernel))).toEqual([])
  })

  it('on purpose keeps its code', async () => {
    const { problems } = await problemsOf(() => {
      throw Object.assign(new Error('the disk is full'), { code: 'WAQ_STORAGE_FULL', phase: 'command' })
    })
    expect(problems).toMatchObject([{ code: 'WAQ_STORAGE_FULL', plugin: 'clock', message: 'the disk is full' }])
  })
})

describe('F2: a setup that takes too long', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  /** Starts a kernel whose only plugin waits for a sign in the middle of its setup, and lets its time run out. */
  async function lateSetup(after: (ctx: PluginContext) => void) {
    const sign = Promise.withResolvers<void>()
    const outcome = Promise.withResolvers<unknown>()
    const log = recordingLogger()
    const kernel = createKernel({
      log,
      timeoutMs: { setup: 1000 },
      plugins: [
        clock(
          async (ctx) => {
            ctx.handle(ring, () => ({}))
            await sign.promise
            try {
              outcome.resolve(after(ctx))
            } catch (error) {
              outcome.resolve(error)
              throw error
            }
          },
          { provides: [Clock] },
        ),
      ],
    })
    const before = snapshot(kernel)
    const started = kernel.start().catch((it: StartupError) => it)
    await vi.advanceTimersByTimeAsync(1000)
    const error = (await started) as StartupError
    expect(error.problems).toMatchObject([
      { code: 'WAQ_TIMEOUT', plugin: 'clock', message: 'setup took more than 1000 ms' },
    ])
    sign.resolve()
    return {
      outcome: (await outcome.promise) as WaqtorError | undefined,
      left: leftovers(before, snapshot(kernel)),
      log,
    }
  }

  it.each<[string, (ctx: PluginContext) => void]>([
    ['a command', (ctx) => ctx.handle(ring, () => ({}))],
    ['a listener', (ctx) => ctx.on(Rang, () => {})],
    ['a tap', (ctx) => ctx.tap(ctx.kernel.hooks.boot, () => {})],
    ['a service', (ctx) => ctx.provide(Clock, { now: () => 1 })],
  ])('cannot register %s when it goes on later', async (_, register) => {
    const { outcome, left } = await lateSetup(register)
    expect(outcome).toMatchObject({ code: 'WAQ_CLOSED', plugin: 'clock' })
    expect(left).toEqual([])
  })

  it('gives back at once what it opened later', async () => {
    const dispose = vi.fn()
    const { outcome } = await lateSetup((ctx) => ctx.onClose(dispose))
    expect(outcome).toMatchObject({ code: 'WAQ_CLOSED' })
    expect(dispose).toHaveBeenCalledOnce()
  })

  it('is heard no more: an event of a closed plugin is dropped with a word in the log', async () => {
    const { outcome, log } = await lateSetup((ctx) => ctx.emit(Rang, {}))
    expect(outcome).toBeUndefined()
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('clock.rang') }),
    )
  })
})

describe('F2: an undo that does not come back', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('is given up after its time limit, and the rest is undone', async () => {
    const first = vi.fn()
    const log = recordingLogger()
    const kernel = createKernel({
      log,
      timeoutMs: { close: 1000 },
      plugins: [
        clock((ctx) => {
          ctx.onClose(first)
          ctx.onClose(() => new Promise(() => {}))
        }),
      ],
    })
    await kernel.start()
    const closed = kernel.close()
    await vi.advanceTimersByTimeAsync(999)
    expect(first).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await closed
    expect(first).toHaveBeenCalledOnce()
    expect(log.lines.filter((it) => it.level === 'error')).toMatchObject([
      { message: expect.stringContaining('1000 ms') },
    ])
  })
})

describe('a plugin', () => {
  it('may register things after its setup, which are undone as well', async () => {
    let ctx: PluginContext | undefined
    const kernel = createKernel({
      plugins: [
        clock((it) => {
          ctx = it
        }),
      ],
    })
    const before = snapshot(kernel)
    await kernel.start()
    const hook = createSeriesHook({ name: 'own', onError: 'abort' })
    ctx!.handle(ring, () => ({}))
    ctx!.tap(hook, () => {})
    expect(await kernel.commands.execute(ring, {}, { principal: systemPrincipal })).toEqual({})
    expect(hook.owners).toEqual(['clock'])
    expect(kernel.inspect().plugins[0]?.effects).toBe(2)
    await kernel.close()
    expect(hook.owners).toEqual([])
    expect(leftovers(before, snapshot(kernel))).toEqual([])
  })

  it('logs under its own name', async () => {
    const log = recordingLogger()
    await using kernel = createKernel({ log, plugins: [clock((ctx) => ctx.log.info('hello', { n: 1 }))] })
    await kernel.start()
    expect(log.lines).toEqual([{ level: 'info', message: 'hello', data: { plugin: 'clock', n: 1 } }])
  })

  it('may emit while it closes, and those who still run hear it', async () => {
    const heard = vi.fn()
    const listener = definePlugin({
      name: 'listener',
      config: z.object({}),
      setup: (ctx: PluginContext) => ctx.on(Rang, heard),
    })
    const kernel = createKernel({ plugins: [listener(), clock((ctx) => ctx.onClose(() => ctx.emit(Rang, {})))] })
    await kernel.start()
    await kernel.close()
    expect(heard).toHaveBeenCalledOnce()
  })

  it('that is closing takes no calls any more, though not everything of it is undone yet', async () => {
    let refused: unknown
    const kernel = createKernel({
      plugins: [
        clock((ctx) => {
          ctx.handle(ring, () => ({}))
          ctx.onClose(async () => {
            refused = await kernel.commands.execute(ring, {}, { principal: systemPrincipal }).catch((it: unknown) => it)
          })
        }),
      ],
    })
    await kernel.start()
    await kernel.close()
    expect(refused).toMatchObject({ code: 'WAQ_CLOSED', status: 503 })
  })
})
