import { describe, expect, it } from 'vitest'
import {
  createKernel,
  type Denial,
  defineCommand,
  definePlugin,
  defineService,
  type Kernel,
  type PluginContext,
  type PluginEntry,
  type Principal,
  StartupError,
  systemPrincipal,
  z,
} from './index.ts'
import { leftovers, recordingLogger, snapshot } from './testing/index.ts'

const Storage = defineService<{ file: string }>('storage')
const Session = defineService<{ file: string }>('session')

const sending = defineCommand('campaigns.send', {
  summary: 'Send',
  permission: 'campaigns:write',
  scope: 'host',
  input: z.object({}),
  output: z.object({ gap: z.number() }),
})
const status = defineCommand('sessions.status', {
  summary: 'Status',
  permission: 'sessions:read',
  scope: 'host',
  input: z.object({}),
  output: z.object({ file: z.string() }),
})
const locked: Denial = { status: 403, code: 'feature_locked', reason: 'locked' }
const user: Principal = { id: 'key-1', role: 'user', permissions: new Set(['*']), instances: 'all' }

/** storage ← sessions ← campaigns, with a bystander; each writes down what happens to it. */
function house() {
  const steps: string[] = []
  /** Awaited in the setup of campaigns and of storage. */
  const pauses: { setup?: () => Promise<void> | void; ready?: () => Promise<void> | void } = {}
  const trace = (ctx: PluginContext) => {
    steps.push(`+${ctx.name}`)
    ctx.onClose(() => steps.push(`-${ctx.name}`))
  }
  const options = z.object({
    gap: z.number().default(1),
    file: z.string().default('a.db'),
    broken: z.string().optional(),
  })
  const fail = (config: z.output<typeof options>, phase: string) => {
    if (config.broken?.includes(phase)) throw new Error(`${phase} of gap ${config.gap} fails`)
  }
  const storage = definePlugin({
    name: 'storage',
    config: options,
    provides: [Storage],
    async setup(ctx) {
      trace(ctx as unknown as PluginContext)
      await pauses.setup?.()
      fail(ctx.config, 'setup')
      ctx.provide(Storage, { file: ctx.config.file })
    },
  })
  const sessions = definePlugin({
    name: 'sessions',
    config: options,
    requires: { storage: Storage },
    provides: [Session],
    setup(ctx) {
      trace(ctx as unknown as PluginContext)
      ctx.provide(Session, ctx.services.storage)
      ctx.handle(status, () => ({ file: ctx.services.storage.file }))
    },
  })
  const campaigns = definePlugin({
    name: 'campaigns',
    config: options,
    requires: { session: Session },
    async setup(ctx) {
      trace(ctx as unknown as PluginContext)
      await pauses.setup?.()
      fail(ctx.config, 'setup')
      ctx.handle(sending, () => ({ gap: ctx.config.gap }))
      ctx.tap(ctx.kernel.hooks.boot, () => fail(ctx.config, 'boot'))
      ctx.tap(ctx.kernel.hooks.ready, async () => {
        await pauses.ready?.()
        fail(ctx.config, 'ready')
      })
    },
  })
  const bystander = definePlugin({
    name: 'bystander',
    config: options,
    setup: (ctx) => trace(ctx as unknown as PluginContext),
  })
  return { steps, pauses, storage, sessions, campaigns, bystander }
}

const run = (kernel: Kernel, command: typeof sending | typeof status, via = 'internal') =>
  kernel.commands.execute(command.id, {}, { principal: systemPrincipal, via })

describe('a reload', () => {
  it('restarts what changed and what depends on it, and nothing else', async () => {
    const { steps, storage, sessions, campaigns, bystander } = house()
    await using kernel = createKernel({ plugins: [storage(), sessions(), campaigns(), bystander()] })
    await kernel.start()

    steps.length = 0
    expect(await kernel.reload([storage(), sessions(), campaigns({ gap: 2 }), bystander()])).toEqual(['campaigns'])
    expect(steps).toEqual(['-campaigns', '+campaigns'])
    expect(await run(kernel, sending)).toEqual({ gap: 2 })

    steps.length = 0
    expect(await kernel.reload([storage({ file: 'b.db' }), sessions(), campaigns({ gap: 2 }), bystander()])).toEqual([
      'storage',
      'sessions',
      'campaigns',
    ])
    expect(steps).toEqual(['-campaigns', '-sessions', '-storage', '+storage', '+sessions', '+campaigns'])
    expect(await run(kernel, status)).toEqual({ file: 'b.db' })
  })

  it('of the same set, however it is written, restarts nothing', async () => {
    const { steps, storage, sessions, campaigns } = house()
    await using kernel = createKernel({ plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    steps.length = 0
    expect(await kernel.reload([campaigns({ gap: 1 }), sessions({}), storage({ file: 'a.db' })])).toEqual([])
    expect(steps).toEqual([])
  })

  it('takes plugins away and brings new ones', async () => {
    const { steps, storage, sessions, campaigns, bystander } = house()
    await using kernel = createKernel({ plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    const before = snapshot(kernel)
    steps.length = 0
    expect(await kernel.reload([storage(), bystander(), sessions()])).toEqual(['campaigns', 'bystander'])
    expect(steps).toEqual(['-campaigns', '+bystander'])
    expect(kernel.inspect().plugins.map((it) => it.name)).toEqual(['storage', 'bystander', 'sessions'])
    await expect(run(kernel, sending)).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN' })
    await kernel.reload([storage(), sessions(), campaigns()])
    expect(leftovers(before, snapshot(kernel))).toEqual([])
  })

  it('restarts those for whom an optional service comes or goes', async () => {
    const { storage } = house()
    const seen: unknown[] = []
    const reader = definePlugin({
      name: 'reader',
      config: z.object({}),
      optional: { storage: Storage },
      setup: (ctx) => void seen.push(ctx.services.storage?.file),
    })
    await using kernel = createKernel({ plugins: [reader()] })
    await kernel.start()
    await kernel.reload([reader(), storage()])
    await kernel.reload([reader()])
    expect(seen).toEqual([undefined, 'a.db', undefined])
  })

  it('closes later what was started later, as if the set had always been so', async () => {
    const { steps, storage, sessions, campaigns, bystander } = house()
    const kernel = createKernel({ plugins: [storage(), sessions(), campaigns(), bystander()] })
    await kernel.start()
    await kernel.reload([storage({ gap: 2 }), sessions(), campaigns(), bystander()])
    steps.length = 0
    await kernel.close()
    expect(steps).toEqual(['-bystander', '-campaigns', '-sessions', '-storage'])
  })

  it('needs a running kernel', async () => {
    const { storage } = house()
    const kernel = createKernel({ plugins: [storage()] })
    await expect(kernel.reload([])).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
    await kernel.start()
    await kernel.close()
    await expect(kernel.reload([])).rejects.toMatchObject({ code: 'WAQ_CLOSED' })
  })
})

describe('a reload to a set that is wrong', () => {
  it('touches nothing when the problem shows beforehand', async () => {
    const { steps, storage, sessions, campaigns } = house()
    await using kernel = createKernel({ plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    steps.length = 0
    for (const wrong of [
      [sessions(), campaigns()],
      [storage(), sessions(), campaigns({ gap: 'x' } as never)],
    ]) {
      await expect(kernel.reload(wrong)).rejects.toBeInstanceOf(StartupError)
    }
    expect(steps).toEqual([])
    expect(await run(kernel, sending)).toEqual({ gap: 1 })
  })

  it.each(['setup', 'boot', 'ready'])('goes back to the old one when a %s fails, and says why', async (phase) => {
    const { steps, storage, sessions, campaigns } = house()
    const log = recordingLogger()
    await using kernel = createKernel({ log, plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    const before = snapshot(kernel)
    steps.length = 0
    const error = await kernel.reload([storage(), sessions(), campaigns({ gap: 2, broken: phase })]).catch((it) => it)
    expect(error).toBeInstanceOf(StartupError)
    expect(error.problems).toMatchObject([
      { plugin: 'campaigns', message: expect.stringContaining(`${phase} of gap 2 fails`) },
    ])
    expect(steps).toEqual(['-campaigns', '+campaigns', '-campaigns', '+campaigns'])
    expect(await run(kernel, sending)).toEqual({ gap: 1 })
    expect(leftovers(before, snapshot(kernel))).toEqual([])
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('going back') }),
    )
    // The next good set is taken over as if nothing had happened.
    await kernel.reload([storage(), sessions(), campaigns({ gap: 3 })])
    expect(await run(kernel, sending)).toEqual({ gap: 3 })
  })

  it('tells both when the old one does not come up again either, and the others run on', async () => {
    const { pauses, storage, sessions, campaigns } = house()
    await using kernel = createKernel({ plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    pauses.setup = () => {
      throw new Error('the weather is bad')
    }
    const error = await kernel.reload([storage(), sessions(), campaigns({ gap: 2 })]).catch((it) => it)
    expect(error).toBeInstanceOf(StartupError)
    expect(error.problems.map((it: { message: string }) => it.message)).toEqual([
      'setup failed: the weather is bad',
      'setup failed: the weather is bad',
    ])
    expect(kernel.inspect().plugins.map((it) => it.name)).toEqual(['storage', 'sessions'])
    expect(await run(kernel, status)).toEqual({ file: 'a.db' })

    delete pauses.setup
    expect(await kernel.reload([storage(), sessions(), campaigns()])).toEqual(['campaigns'])
    expect(await run(kernel, sending)).toEqual({ gap: 1 })
  })
})

describe('while a reload is under way', () => {
  /** Reloads `campaigns` and stops in the named phase; `go` lets it finish. */
  async function paused(phase: 'setup' | 'ready') {
    const { pauses, ...plugins } = house()
    const { storage, sessions, campaigns } = plugins
    const kernel = createKernel({ plugins: [storage(), sessions(), campaigns()] })
    await kernel.start()
    const reached = Promise.withResolvers<void>()
    const sign = Promise.withResolvers<void>()
    pauses[phase] = () => {
      reached.resolve()
      return sign.promise
    }
    const reloaded = kernel.reload([storage(), sessions(), campaigns({ gap: 2 })])
    await reached.promise
    return { kernel, plugins, reloaded, go: sign.resolve, [Symbol.asyncDispose]: () => kernel.close() }
  }

  it.each(['setup', 'ready'] as const)('its commands ask the doors to come back in a second (%s)', async (phase) => {
    await using house = await paused(phase)
    await expect(run(house.kernel, sending, 'rest')).rejects.toMatchObject({
      code: 'WAQ_RELOADING',
      status: 503,
      retryAfter: 1,
    })
    expect(await run(house.kernel, status, 'rest')).toEqual({ file: 'a.db' })
    house.go()
    await house.reloaded
    expect(await run(house.kernel, sending, 'rest')).toEqual({ gap: 2 })
  })

  it('plugins that are set up already may call each other', async () => {
    await using house = await paused('ready')
    expect(await run(house.kernel, sending)).toEqual({ gap: 2 })
    house.go()
    await house.reloaded
  })

  it('another one waits for its turn', async () => {
    await using house = await paused('setup')
    const { storage, sessions, campaigns } = house.plugins
    const second = house.kernel.reload([storage(), sessions(), campaigns({ gap: 3 })])
    house.go()
    expect(await house.reloaded).toEqual(['campaigns'])
    expect(await second).toEqual(['campaigns'])
    expect(await run(house.kernel, sending)).toEqual({ gap: 3 })
  })

  it('closing waits for it, and then closes the new set', async () => {
    const house = await paused('setup')
    const closed = house.kernel.close()
    house.go()
    await house.reloaded
    await closed
    expect(house.kernel.inspect().plugins).toEqual([])
    await expect(run(house.kernel, sending)).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN' })
  })
})

describe('a plugin that narrows', () => {
  /** A kernel with a guard that denies everything, and whose restart waits for a sign. */
  async function guarded() {
    const { bystander, storage, sessions } = house()
    const pauses: (() => Promise<void> | void)[] = []
    const guard = definePlugin({
      name: 'guard',
      config: z.object({ n: z.number().default(1) }),
      async setup(ctx) {
        await pauses[0]?.()
        ctx.tap(ctx.kernel.hooks.authorize, () => locked)
      },
    })
    const others: PluginEntry[] = [storage(), sessions(), bystander()]
    const kernel = createKernel({ plugins: [guard(), ...others] })
    await kernel.start()
    const outside = () =>
      kernel.commands.execute(status, {}, { principal: user, via: 'rest' }).then(
        () => 'open',
        (it) => it.code,
      )
    return { kernel, guard, others, pauses, outside, [Symbol.asyncDispose]: () => kernel.close() }
  }

  it('leaves no door open while it is being restarted', async () => {
    await using it = await guarded()
    expect(await it.outside()).toBe('WAQ_FEATURE_LOCKED')
    const reached = Promise.withResolvers<void>()
    const sign = Promise.withResolvers<void>()
    it.pauses[0] = () => {
      reached.resolve()
      return sign.promise
    }
    const reloaded = it.kernel.reload([it.guard({ n: 2 }), ...it.others])
    await reached.promise
    expect(await it.outside()).toBe('WAQ_RELOADING')
    const subject = { id: 'stream', permission: 'a:read', scope: 'host' } as const
    expect(await it.kernel.authorize(subject, { principal: user, via: 'ws' }, null)).toMatchObject({
      status: 503,
      retryAfter: 1,
    })
    sign.resolve()
    await reloaded
    expect(await it.outside()).toBe('WAQ_FEATURE_LOCKED')
  })

  it('leaves no door open when it does not come back', async () => {
    await using it = await guarded()
    it.pauses[0] = () => {
      throw new Error('boom')
    }
    await it.kernel.reload([it.guard({ n: 2 }), ...it.others]).catch(() => {})
    expect(it.kernel.inspect().plugins.map((plugin) => plugin.name)).not.toContain('guard')
    expect(await it.outside()).toBe('WAQ_RELOADING')
    it.pauses.length = 0
    await it.kernel.reload([it.guard(), ...it.others])
    expect(await it.outside()).toBe('WAQ_FEATURE_LOCKED')
  })

  it('opens what it kept shut when the config takes it away', async () => {
    await using it = await guarded()
    await it.kernel.reload(it.others)
    expect(await it.outside()).toBe('open')
  })
})
