import { Messaging } from '@waqtor/contracts'
import {
  createBailHook,
  createWaterfallHook,
  defineCommand,
  defineEvent,
  definePlugin,
  systemPrincipal,
  z,
} from '@waqtor/kernel'
import { fake, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import classic, { type ClassicCore, type ClassicMessage } from './index.ts'

const StatusChanged = defineEvent('session.status', {
  kind: 'transient',
  permission: 'x:read',
  scope: 'instance',
  schema: z.object({ status: z.string() }),
})
const Ping = defineEvent('ping.sent', {
  kind: 'transient',
  permission: 'x:read',
  scope: 'host',
  schema: z.object({ n: z.number() }),
})

/** An older plugin as its author wrote it. */
class Orders {
  readonly name = 'My Orders'
  readonly version = '1.2.0'
  readonly seen: string[] = []
  core: ClassicCore | undefined
  readonly commands = {
    place: ({ item }: Record<string, unknown>) => ({ placed: item }),
    fail: () => {
      throw new Error('out of stock')
    },
  }

  onLoad(core: ClassicCore) {
    this.core = core
    core.on('ping.sent', (data) => {
      const { n } = data as { n: number }
      if (n === 0) throw new Error('no zero')
      this.seen.push(`ping ${n}`)
    })
  }

  async onMessage(message: ClassicMessage) {
    if (message.body === 'hi') await message.reply('hello')
  }

  onSessionChange(status: string, instance: string) {
    this.seen.push(`${instance} is ${status}`)
  }
}

const sent = vi.fn(async () => ({ messageId: 'm1', timestamp: 1 }))
const sending = definePlugin({
  name: 'sending',
  config: z.object({}),
  setup(ctx) {
    const command = defineCommand('messages.sendText', {
      summary: 'send',
      permission: 'messages:write',
      scope: 'instance',
      input: z.object({ instance: z.string(), chatId: z.string(), text: z.string() }),
      output: z.unknown(),
    })
    ctx.handle(command, sent)
  },
})
const emitting = definePlugin({
  name: 'emitting',
  config: z.object({}),
  events: [Ping, StatusChanged],
  setup(ctx) {
    const command = defineCommand('emit.all', {
      summary: 'emit',
      permission: 'x:write',
      scope: 'host',
      input: z.object({ n: z.number() }),
      output: z.object({}),
    })
    ctx.handle(command, ({ n }) => {
      ctx.emit(Ping, { n })
      ctx.emit(StatusChanged, { status: 'ready' }, 'default')
      return {}
    })
  },
})

function start(orders: Orders) {
  const hooks = {
    incoming: createBailHook({ name: 'incoming', onError: 'skip' }),
    outgoing: createWaterfallHook({ name: 'outgoing', onError: 'abort' }),
  } as unknown as Messaging['hooks']
  return testKernel({
    plugins: [sending(), emitting(), classic(orders, { permission: 'orders:write' })],
    fakes: [fake(Messaging, { hooks })],
  }).then((test) => ({ test, hooks }))
}
const system = { principal: systemPrincipal }

describe('an older plugin', () => {
  it('has its commands in the registry, guarded by the permission that the config names', async () => {
    const { test } = await start(new Orders())
    await using _ = test
    expect(await test.kernel.commands.execute('my-orders.place', { item: 'tea' }, system)).toEqual({ placed: 'tea' })
    const ofShop = { id: 'key', role: 'user', permissions: new Set(['orders:write']), instances: new Set(['shop']) }
    const place = (instance: string) =>
      test.kernel.commands.execute('my-orders.place', { instance, item: 'tea' }, { principal: ofShop })
    expect(await place('shop')).toEqual({ placed: 'tea' })
    await expect(place('other')).rejects.toMatchObject({ status: 403 })
    expect(test.kernel.commands.get('my-orders.place')?.permission).toBe('orders:write')
    await expect(test.kernel.commands.execute('my-orders.place', {}, {})).rejects.toMatchObject({ status: 401 })
    await expect(test.kernel.commands.execute('my-orders.fail', {}, system)).rejects.toMatchObject({
      message: expect.stringContaining('out of stock'),
    })
  })

  it('answers in the chat from which a message came', async () => {
    const { test, hooks } = await start(new Orders())
    await using _ = test
    const message = {
      instance: 'shop',
      messageId: 'm',
      chatId: '201@c.us',
      from: '201@c.us',
      body: 'hi',
      kind: 'text' as const,
      hasMedia: false,
      isGroup: false,
      timestamp: 1,
    }
    expect(await hooks.incoming.call(message)).toBeUndefined()
    expect(sent).toHaveBeenLastCalledWith({ instance: 'shop', chatId: '201@c.us', text: 'hello' }, expect.anything())
  })

  it('hears events and session changes until it is closed, and its failures stay its own', async () => {
    const orders = new Orders()
    const { test } = await start(orders)
    for (const n of [1, 0, 2]) await test.kernel.commands.execute('emit.all', { n }, system)
    await vi.waitFor(() =>
      expect(orders.seen).toEqual(['ping 1', 'default is ready', 'default is ready', 'ping 2', 'default is ready']),
    )
    expect(test.lines).toMatchObject([
      { level: 'error', message: expect.stringMatching(/'my-orders'.*'ping\.sent'.*no zero/) },
    ])
    await test.kernel.close()
    // The probe of the test itself is all that still listens.
    expect(test.kernel.inspect().listeners).toEqual({ '*': 1 })
  })

  it('reaches the commands of the core, as the system', async () => {
    const orders = new Orders()
    const { test } = await start(orders)
    await using _ = test
    await orders.core!.sendText({ instance: 'default', chatId: '1', text: 'x' })
    expect(sent).toHaveBeenLastCalledWith({ instance: 'default', chatId: '1', text: 'x' }, expect.anything())
    await expect(orders.core!.logout()).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN' })
  })

  it('is told when it listens to what nobody says', async () => {
    const plugin = { name: 'Deaf', onLoad: (core: ClassicCore) => core.on('no.such', () => {}) }
    await using test = await testKernel({ plugins: [classic(plugin, { permission: 'deaf:write' })] })
    expect(test.lines).toMatchObject([
      { level: 'warn', message: expect.stringContaining("'no.such'"), data: { plugin: 'deaf' } },
    ])
  })

  it('may begin to listen long after it was loaded', async () => {
    const orders = new Orders()
    const { test } = await start(orders)
    await using _ = test
    orders.core!.on('session.status', (data) => orders.seen.push(JSON.stringify(data)))
    await test.kernel.commands.execute('emit.all', { n: 1 }, system)
    await vi.waitFor(() => expect(orders.seen).toContain('{"status":"ready"}'))
  })

  it('has a name that fits into ids', async () => {
    const plugins = [classic({ name: ' My  Shop! ' }, { permission: 'shop:write' })]
    await using test = await testKernel({ plugins })
    expect(test.kernel.inspect().plugins.map((it) => it.name)).toContain('my-shop')
  })

  it('may be as small as a name', async () => {
    await using test = await testKernel({ plugins: [classic({ name: 'tiny' }, { permission: 'tiny:write' })] })
    expect(test.kernel.inspect().plugins.find((it) => it.name === 'tiny')?.state).toBe('active')
  })
})
