import { describe, expect, it, vi } from 'vitest'
import {
  type Contribution,
  createKernel,
  defineCommand,
  definePlugin,
  defineService,
  type PluginContext,
  type PluginEntry,
  type ServiceToken,
  StartupError,
  systemPrincipal,
  z,
} from './index.ts'
import { recordingLogger } from './testing/index.ts'

const A = defineService<string>('a')
const B = defineService<string>('b')

interface Wish {
  readonly provides?: ServiceToken<string>
  readonly requires?: ServiceToken<string>
  readonly contributes?: readonly Contribution[]
  readonly setup?: (ctx: PluginContext) => unknown
}

/** A plugin that provides its own name where it provides anything. */
function plugin(name: string, { provides, requires, contributes = [], setup }: Wish = {}): PluginEntry {
  return definePlugin({
    name,
    config: z.object({}),
    provides: provides ? [provides] : [],
    requires: requires ? { it: requires } : {},
    contributes,
    async setup(ctx: PluginContext) {
      if (provides) ctx.provide(provides, name)
      await setup?.(ctx)
    },
  })()
}

const codesOf = async (entries: readonly PluginEntry[]) => {
  const error = await createKernel({ plugins: entries })
    .start()
    .catch((it: unknown) => it)
  return error instanceof StartupError ? error.problems.map((it) => [it.code, it.plugin]) : []
}

describe('starting', () => {
  it('sets up, boots and readies in the order of need, each phase for all before the next', async () => {
    const steps: string[] = []
    const trace = (name: string) => (ctx: PluginContext) => {
      steps.push(`setup ${name}`)
      for (const phase of ['boot', 'ready', 'close'] as const) {
        ctx.tap(ctx.kernel.hooks[phase], () => void steps.push(`${phase} ${name}`))
      }
      ctx.onClose(() => steps.push(`undo ${name}`))
    }
    const kernel = createKernel({
      plugins: [
        plugin('user', { requires: A, setup: trace('user') }),
        plugin('maker', { provides: A, setup: trace('maker') }),
      ],
    })
    await kernel.start()
    expect(steps).toEqual(['setup maker', 'setup user', 'boot maker', 'boot user', 'ready maker', 'ready user'])
    steps.length = 0
    await kernel.close()
    expect(steps).toEqual(['close user', 'close maker', 'undo user', 'undo maker'])
  })

  it('starts nothing at all when the config has a problem', async () => {
    const setup = vi.fn()
    expect(await codesOf([plugin('fine', { setup }), plugin('lonely', { requires: A, setup })])).toEqual([
      ['WAQ_SERVICE_MISSING', 'lonely'],
    ])
    expect(setup).not.toHaveBeenCalled()
  })

  it('tells of every setup that fails, and skips what stands on it', async () => {
    const skipped = vi.fn()
    const fail = () => {
      throw new Error('boom')
    }
    expect(
      await codesOf([
        plugin('one', { provides: A, setup: fail }),
        plugin('on-one', { requires: A, provides: B, setup: skipped }),
        plugin('on-that', { requires: B, setup: skipped }),
        plugin('two', { setup: fail }),
      ]),
    ).toEqual([
      ['WAQ_SETUP_FAILED', 'one'],
      ['WAQ_SETUP_FAILED', 'two'],
    ])
    expect(skipped).not.toHaveBeenCalled()
  })

  it.each(['boot', 'ready'] as const)(
    'takes everything down again when a %s tap fails, and names the plugin',
    async (phase) => {
      const undone: string[] = []
      const kernel = createKernel({
        plugins: [
          plugin('first', { setup: (ctx) => ctx.onClose(() => undone.push('first')) }),
          plugin('second', {
            setup: (ctx) => {
              ctx.onClose(() => undone.push('second'))
              ctx.tap(ctx.kernel.hooks[phase], () => {
                // An error with a code and without an owner, as plugins make them.
                throw Object.assign(new Error('the port is taken'), {
                  code: 'WAQ_PORT_TAKEN',
                  phase: 'command',
                  plugin: null,
                })
              })
            },
          }),
        ],
      })
      const error = (await kernel.start().catch((it: unknown) => it)) as StartupError
      expect(error).toMatchObject({ code: 'WAQ_STARTUP_FAILED', phase })
      expect(error.problems).toMatchObject([{ code: 'WAQ_PORT_TAKEN', plugin: 'second', message: 'the port is taken' }])
      expect(undone).toEqual(['second', 'first'])
      expect(kernel.inspect().plugins).toEqual([])
    },
  )

  it('can be tried again after it failed, and only then', async () => {
    let works = false
    const kernel = createKernel({
      plugins: [
        plugin('moody', {
          setup: () => {
            if (!works) throw new Error('not today')
          },
        }),
      ],
    })
    await expect(kernel.start()).rejects.toThrow('not today')
    works = true
    await kernel.start()
    await expect(kernel.start()).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
    await kernel.close()
    await expect(kernel.start()).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
  })
})

describe('closing', () => {
  it('goes on when a close tap fails, and says whose it was', async () => {
    const log = recordingLogger()
    const closed: string[] = []
    const kernel = createKernel({
      log,
      plugins: [
        plugin('first', { setup: (ctx) => ctx.tap(ctx.kernel.hooks.close, () => void closed.push('first')) }),
        plugin('broken', {
          setup: (ctx) =>
            ctx.tap(ctx.kernel.hooks.close, () => {
              throw new Error('boom')
            }),
        }),
        plugin('last', { setup: (ctx) => ctx.tap(ctx.kernel.hooks.close, () => void closed.push('last')) }),
      ],
    })
    await kernel.start()
    await kernel.close()
    expect(closed).toEqual(['last', 'first'])
    expect(log.lines).toMatchObject([{ level: 'error', data: { plugin: 'broken', phase: 'close' } }])
  })

  it('can be asked for twice, and before anything started', async () => {
    const undo = vi.fn()
    const kernel = createKernel({ plugins: [plugin('it', { setup: (ctx) => ctx.onClose(undo) })] })
    await kernel.start()
    await Promise.all([kernel.close(), kernel.close()])
    await kernel.close()
    expect(undo).toHaveBeenCalledOnce()
    const fresh = createKernel({ plugins: [] })
    await fresh.close()
    await expect(fresh.start()).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
  })

  it('waits for a start under way, which it then takes down', async () => {
    const steps: string[] = []
    const gate = Promise.withResolvers<void>()
    const kernel = createKernel({
      plugins: [
        plugin('slow', {
          setup: async (ctx) => {
            ctx.onClose(() => steps.push('undone'))
            await gate.promise
            steps.push('set up')
          },
        }),
      ],
    })
    const started = kernel.start()
    const closed = kernel.close()
    gate.resolve()
    await Promise.all([started, closed])
    expect(steps).toEqual(['set up', 'undone'])
  })

  it('comes at the end of the block that used the kernel', async () => {
    const undo = vi.fn()
    {
      await using kernel = createKernel({ plugins: [plugin('it', { setup: (ctx) => ctx.onClose(undo) })] })
      await kernel.start()
    }
    expect(undo).toHaveBeenCalledOnce()
  })
})

describe('two kernels in one process', () => {
  it('know nothing of each other', async () => {
    const whoami = defineCommand('who.am-i', {
      summary: 'Who am I?',
      permission: 'public',
      scope: 'host',
      input: z.object({}),
      output: z.object({ name: z.string() }),
    })
    const who = definePlugin({
      name: 'who',
      config: z.object({ name: z.string() }),
      setup: (ctx) => ctx.handle(whoami, () => ({ name: ctx.config.name })),
    })
    await using one = createKernel({ plugins: [who({ name: 'one' })] })
    await using two = createKernel({ plugins: [who({ name: 'two' })] })
    await Promise.all([one.start(), two.start()])
    expect(await one.commands.execute(whoami, {})).toEqual({ name: 'one' })
    expect(await two.commands.execute(whoami, {})).toEqual({ name: 'two' })
    await one.close()
    expect(await two.commands.execute(whoami, {})).toEqual({ name: 'two' })
  })
})

describe('contributions', () => {
  it('are found by their kind while their plugin runs, in the order of the start', async () => {
    const [a, b, other] = [{ kind: 'tile' }, { kind: 'tile' }, { kind: 'wall' }]
    const entries = [
      plugin('user', { requires: A, contributes: [a] }),
      plugin('maker', { provides: A, contributes: [b, other] }),
    ]
    await using kernel = createKernel({ plugins: entries })
    expect(kernel.contributions('tile')).toEqual([])
    await kernel.start()
    expect(kernel.contributions('tile')).toEqual([b, a])
    expect(kernel.contributions('tile')[0]).toBe(b)
    await kernel.reload([entries[1]!])
    expect(kernel.contributions('tile')).toEqual([b])
    expect(kernel.contributions('wall')).toEqual([other])
    await kernel.close()
    expect(kernel.contributions('tile')).toEqual([])
  })
})

describe('inspect', () => {
  it('shows everything that is registered, and who stands on whom', async () => {
    const ring = defineCommand('a.ring', {
      summary: 'Ring',
      permission: 'a:write',
      scope: 'host',
      input: z.object({}),
      output: z.object({}),
    })
    await using kernel = createKernel({
      plugins: [
        plugin('user', { requires: A, setup: (ctx) => ctx.tap(ctx.kernel.hooks.ready, () => {}) }),
        plugin('maker', { provides: A, setup: (ctx) => ctx.handle(ring, () => ({})) }),
      ],
    })
    await kernel.start()
    const { plugins, services, commands, taps } = kernel.inspect()
    expect(plugins).toMatchObject([
      { name: 'maker', state: 'active', effects: 2, needs: [], provides: ['a'] },
      { name: 'user', state: 'active', effects: 1, needs: ['maker'], provides: [] },
    ])
    for (const { setupMs } of plugins) expect(setupMs).toBeGreaterThanOrEqual(0)
    expect({ services, commands, taps }).toEqual({
      services: ['a'],
      commands: ['a.ring'],
      taps: { boot: [], ready: ['user'], close: [], authorize: [] },
    })
    await kernel.commands.execute(ring, {}, { principal: systemPrincipal })
  })
})
