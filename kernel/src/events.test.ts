import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineEvent, definePlugin, type Envelope, type PluginContext, PluginFault, z } from './index.ts'
import { type TestKernelOptions, testKernel } from './testing/index.ts'

const Ticked = defineEvent('clock.ticked', {
  kind: 'transient',
  permission: 'clock:read',
  scope: 'host',
  schema: z.object({ n: z.number() }),
})
const Heard = defineEvent('clock.heard', {
  kind: 'transient',
  permission: 'clock:read',
  scope: 'instance',
  schema: z.object({ text: z.string().trim() }),
})

const plugin = (name: string, setup: (ctx: PluginContext) => void) =>
  definePlugin({ name, config: z.object({}), setup })()

/** A kernel with one plugin per setup, and the means to emit as the first of them. */
async function busOf(
  setups: readonly ((ctx: PluginContext) => void)[],
  options: Omit<TestKernelOptions, 'plugins'> = {},
) {
  let emitter: PluginContext | undefined
  const plugins = [
    plugin('emitter', (ctx) => {
      emitter = ctx
    }),
    ...setups.map((setup, index) => plugin(`listener-${index}`, setup)),
  ]
  const test = await testKernel({ ...options, plugins })
  const tick = (n: number) => emitter!.emit(Ticked, { n })
  return { test, tick, emit: emitter!.emit, [Symbol.asyncDispose]: () => test.kernel.close() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('an event', () => {
  it('reaches every listener with its data and its envelope', async () => {
    const heard: [unknown, Envelope][] = []
    await using bus = await busOf([
      (ctx) => ctx.on(Heard, (data, envelope) => void heard.push([data, envelope])),
      (ctx) => ctx.on(Heard, (data, envelope) => void heard.push([data, envelope])),
    ])
    bus.emit(Heard, { text: ' hi ' }, 'shop')
    expect(heard).toHaveLength(2)
    const [data, envelope] = heard[0]!
    expect(data).toEqual({ text: 'hi' })
    expect(envelope).toEqual({
      id: expect.stringMatching(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/),
      type: 'clock.heard',
      instance: 'shop',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data,
    })
    expect(heard[1]![1]).toBe(envelope)
  })

  it('is not even looked at when nobody listens', async () => {
    const read = vi.fn(() => 1)
    let emitter: PluginContext | undefined
    await using kernel = (await import('./index.ts')).createKernel({
      plugins: [
        plugin('emitter', (ctx) => {
          emitter = ctx
        }),
      ],
    })
    await kernel.start()
    const data = Object.defineProperty({}, 'n', { get: read, enumerable: true }) as { n: number }
    emitter!.emit(Ticked, data)
    expect(read).not.toHaveBeenCalled()
    expect(kernel.events.heard(Ticked.id)).toBe(false)
    kernel.events.onAny(() => {})
    expect(kernel.events.heard(Ticked.id)).toBe(true)
    emitter!.emit(Ticked, data)
    expect(read).toHaveBeenCalled()
  })

  it('with wrong data is the emitter’s error, and reaches nobody', async () => {
    const listener = vi.fn()
    await using bus = await busOf([(ctx) => ctx.on(Ticked, listener)])
    expect(() => bus.emit(Ticked, { n: 'one' } as never)).toThrow(
      expect.objectContaining({ code: 'WAQ_EVENT_INVALID', plugin: 'emitter' }),
    )
    expect(listener).not.toHaveBeenCalled()
  })

  it('of an account names it: without it, any key might see it', async () => {
    const listener = vi.fn()
    await using bus = await busOf([(ctx) => ctx.on(Heard, listener)])
    expect(() => bus.emit(Heard, { text: 'x' })).toThrow(expect.objectContaining({ code: 'WAQ_EVENT_INVALID' }))
    expect(listener).not.toHaveBeenCalled()
  })

  it('is known while somebody emits it, declares it or listens to it', async () => {
    const declared = definePlugin({ name: 'declaring', config: z.object({}), events: [Ticked], setup() {} })
    await using test = await testKernel({ plugins: [declared(), plugin('hearing', (ctx) => ctx.on(Heard, () => {}))] })
    const { events } = test.kernel
    const ids = () => events.list().map((it) => it.id)
    expect(ids()).toEqual([...ids()].sort())
    expect(ids()).toEqual(expect.arrayContaining(['clock.heard', 'clock.ticked', 'command.completed']))
    expect(events.get('clock.ticked')).toBe(Ticked)
    await test.kernel.close()
    expect(events.get('clock.ticked')).toBeUndefined()
    expect(events.get('clock.heard')).toBeUndefined()
  })

  it('defined twice is one event when both mean the same, and a problem when they do not', async () => {
    const spec = { kind: 'transient', permission: 'clock:read', scope: 'host' } as const
    const twin = defineEvent('clock.ticked', { ...spec, schema: z.object({ n: z.number() }) })
    const stranger = defineEvent('clock.ticked', { ...spec, schema: z.object({ n: z.string() }) })
    const guarded = defineEvent('clock.ticked', { ...spec, permission: 'public', schema: z.object({ n: z.number() }) })
    const on = (name: string, event: typeof Ticked) => plugin(name, (ctx) => ctx.on(event, () => {}))

    await using test = await testKernel({ plugins: [on('one', Ticked), on('two', twin)] })
    expect(test.kernel.inspect().listeners).toMatchObject({ 'clock.ticked': 2 })
    for (const other of [stranger as never, guarded]) {
      await expect(testKernel({ plugins: [on('one', Ticked), on('two', other)] })).rejects.toMatchObject({
        problems: [{ code: 'WAQ_TOKEN_CONFLICT', plugin: 'two', message: expect.stringContaining("'one'") }],
      })
    }
  })
})

describe('a listener that fails', () => {
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
    ['rejects with nothing', () => Promise.reject()],
    [
      'throws a text',
      () => {
        throw 'boom'
      },
    ],
    [
      'answers a broken promise',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what a plugin answers may be anything
        then() {
          throw new Error('boom')
        },
      }),
    ],
  ])('alone has the trouble when it %s', async (_, fail) => {
    const heard: number[] = []
    await using bus = await busOf([
      (ctx) => ctx.on(Ticked, fail as () => void),
      (ctx) => ctx.on(Ticked, ({ n }) => void heard.push(n)),
    ])
    bus.tick(1)
    bus.tick(2)
    await turn()
    expect(heard).toEqual([1, 2])
    const faults = bus.test.events.filter((it) => it.type === PluginFault.id)
    expect(faults).toMatchObject(
      [1, 2].map(() => ({ data: { plugin: 'listener-0', phase: 'event', code: 'WAQ_LISTENER_FAILED' } })),
    )
    expect(bus.test.lines.filter((it) => it.level === 'error')).toMatchObject(
      [1, 2].map(() => ({ message: expect.stringMatching(/'listener-0'.*'clock\.ticked'/) })),
    )
  })

  it('while it hears of failures does not call itself for ever', async () => {
    const hears = vi.fn(() => {
      throw new Error('again')
    })
    await using bus = await busOf([
      (ctx) => ctx.on(PluginFault, hears),
      (ctx) =>
        ctx.on(Ticked, () => {
          throw new Error('boom')
        }),
    ])
    bus.tick(1)
    await turn()
    expect(hears).toHaveBeenCalledOnce()
  })

  it('in a circle of failures is told of a bounded number of times', async () => {
    const hears = vi.fn()
    await using bus = await busOf([
      (ctx) =>
        ctx.on(PluginFault, () => {
          hears()
          ctx.emit(Ticked, { n: 0 })
        }),
      (ctx) =>
        ctx.on(Ticked, () => {
          throw new Error('boom')
        }),
    ])
    bus.tick(1)
    expect(hears.mock.calls.length).toBeGreaterThan(0)
    expect(hears.mock.calls.length).toBeLessThanOrEqual(200)
  })
})

describe('the order', () => {
  it('is kept for each listener, though it takes its time over each event', async () => {
    const steps: string[] = []
    const gates: (() => void)[] = []
    await using bus = await busOf([
      (ctx) =>
        ctx.on(Ticked, async ({ n }) => {
          steps.push(`slow begins ${n}`)
          await new Promise<void>((resolve) => gates.push(resolve))
          steps.push(`slow ends ${n}`)
        }),
      (ctx) => ctx.on(Ticked, ({ n }) => void steps.push(`fast ${n}`)),
    ])
    for (const n of [1, 2, 3]) bus.tick(n)
    expect(steps).toEqual(['slow begins 1', 'fast 1', 'fast 2', 'fast 3'])
    steps.length = 0
    for (let i = 0; i < 3; i++) {
      gates.shift()!()
      await turn()
    }
    expect(steps).toEqual(['slow ends 1', 'slow begins 2', 'slow ends 2', 'slow begins 3', 'slow ends 3'])
    bus.tick(4)
    expect(steps.slice(-2)).toEqual(['slow begins 4', 'fast 4'])
  })

  it('goes on after a failure', async () => {
    const heard: number[] = []
    await using bus = await busOf([
      (ctx) =>
        ctx.on(Ticked, async ({ n }) => {
          if (n === 1) throw new Error('boom')
          heard.push(n)
        }),
    ])
    for (const n of [1, 2, 3]) bus.tick(n)
    await turn()
    expect(heard).toEqual([2, 3])
  })

  it('is the same for all, though a listener emits while it listens', async () => {
    const orders: number[][] = [[], [], []]
    await using bus = await busOf(
      orders.map((order, index) => (ctx: PluginContext) => {
        ctx.on(Ticked, ({ n }) => {
          order.push(n)
          if (n < 5 && index === n % 3) ctx.emit(Ticked, { n: n + 1 })
        })
      }),
    )
    bus.tick(0)
    expect(orders).toEqual(orders.map(() => [0, 1, 2, 3, 4, 5]))
  })
})

describe('a listener that does not come back', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('F2: is given up after its time limit, named, and hears the next event', async () => {
    const heard: number[] = []
    await using bus = await busOf(
      [
        (ctx) =>
          ctx.on(Ticked, ({ n }) => {
            heard.push(n)
            return n === 1 ? new Promise<void>(() => {}) : undefined
          }),
      ],
      { timeoutMs: { listener: 1000 } },
    )
    bus.tick(1)
    bus.tick(2)
    await vi.advanceTimersByTimeAsync(999)
    expect(heard).toEqual([1])
    await vi.advanceTimersByTimeAsync(1)
    expect(heard).toEqual([1, 2])
    expect(bus.test.lines.filter((it) => it.level === 'error')).toMatchObject([
      { message: expect.stringMatching(/'listener-0'.*1000 ms/), data: { plugin: 'listener-0' } },
    ])
  })
})

describe('a listener that is gone', () => {
  it('hears nothing more, not even what was waiting for it', async () => {
    const heard: number[] = []
    let finish = () => {}
    const bus = await busOf([
      (ctx) =>
        ctx.on(Ticked, async ({ n }) => {
          heard.push(n)
          await new Promise<void>((resolve) => {
            finish = resolve
          })
        }),
    ])
    bus.tick(1)
    bus.tick(2)
    await bus.test.kernel.close()
    finish()
    await turn()
    expect(heard).toEqual([1])
  })
})

describe('who hears everything', () => {
  it('hears each event once, with its token, until it has enough', async () => {
    await using bus = await busOf([])
    const heard: [string, unknown][] = []
    const undo = bus.test.kernel.events.onAny((event, envelope) => void heard.push([event.id, envelope.data]))
    bus.tick(1)
    bus.emit(Heard, { text: 'x' }, 'shop')
    undo()
    bus.tick(2)
    expect(heard).toEqual([
      ['clock.ticked', { n: 1 }],
      ['clock.heard', { text: 'x' }],
    ])
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
  ])('disturbs nobody when it %s', async (_, fail) => {
    const listener = vi.fn()
    await using bus = await busOf([(ctx) => ctx.on(Ticked, listener)])
    bus.test.kernel.events.onAny((event) => (event.id === Ticked.id ? (fail() as undefined) : undefined))
    bus.tick(1)
    await turn()
    expect(listener).toHaveBeenCalledOnce()
    expect(bus.test.lines.filter((it) => it.level === 'error')).toHaveLength(1)
  })

  it('is counted', async () => {
    await using bus = await busOf([(ctx) => ctx.on(Ticked, () => {})])
    const { kernel } = bus.test
    const before = kernel.inspect().listeners
    const undos = [kernel.events.onAny(() => {}), kernel.events.onAny(() => {})]
    expect(kernel.inspect().listeners).toEqual({ ...before, '*': (before['*'] ?? 0) + 2 })
    for (const undo of undos) undo()
    expect(kernel.inspect().listeners).toEqual(before)
  })
})

describe('an envelope that exists already', () => {
  it('is delivered as it is, sequence and all', async () => {
    const heard: Envelope[] = []
    await using bus = await busOf([(ctx) => ctx.on(Ticked, (_, envelope) => void heard.push(envelope))])
    const envelope = {
      id: 'evt_1',
      type: Ticked.id,
      instance: null,
      time: '2026-01-01T00:00:00.000Z',
      sequence: 7,
      data: { n: 1 },
    }
    bus.test.kernel.events.deliver(Ticked, envelope)
    expect(heard).toEqual([envelope])
    expect(heard[0]).toBe(envelope)
  })
})
