import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createBailHook,
  defineCommand,
  defineEvent,
  definePlugin,
  defineService,
  type PluginContext,
  PluginFault,
  systemPrincipal,
  z,
} from './index.ts'
import { testKernel } from './testing/index.ts'

// A fault of one plugin stays its own: the others get their events and calls, and the log says who it was, and where.

const Shop = defineService<{ readonly incoming: ReturnType<typeof createIncoming> }>('shop')
const createIncoming = () => createBailHook<[text: string], true>({ name: 'incoming', onError: 'skip' })
const Opened = defineEvent('shop.opened', {
  kind: 'transient',
  permission: 'shop:read',
  scope: 'host',
  schema: z.object({}),
})
const buy = defineCommand('shop.buy', {
  summary: 'Buy',
  permission: 'shop:write',
  scope: 'host',
  input: z.object({}),
  output: z.object({ ok: z.boolean() }),
})
const steal = defineCommand('shop.steal', { ...buy, scope: 'host' })

const ways: readonly [string, () => never | Promise<never>][] = [
  [
    'throws an error',
    () => {
      throw new Error('boom')
    },
  ],
  [
    'rejects with an error',
    async () => {
      throw new Error('boom')
    },
  ],
  [
    'throws a text',
    () => {
      throw 'boom'
    },
  ],
  [
    'throws null',
    () => {
      throw null
    },
  ],
  [
    'throws nothing',
    () => {
      throw undefined
    },
  ],
  ['rejects with nothing', () => Promise.reject()],
  [
    'rejects later',
    async () => {
      await Promise.resolve()
      throw new Error('boom')
    },
  ],
]

/** A kernel with a plugin that misbehaves in every place it can, between two that behave. */
async function shopWith(misbehave: () => never | Promise<never>) {
  const heard: string[] = []
  let emit = () => {}
  const incoming = createIncoming()
  const owner = definePlugin({
    name: 'owner',
    config: z.object({}),
    provides: [Shop],
    setup(ctx) {
      ctx.provide(Shop, { incoming })
      ctx.handle(buy, () => ({ ok: true }))
      ctx.on(Opened, () => void heard.push('owner'))
      emit = () => ctx.emit(Opened, {})
    },
  })
  const villain = definePlugin({
    name: 'villain',
    config: z.object({}),
    requires: { shop: Shop },
    setup(ctx) {
      ctx.handle(steal, misbehave)
      ctx.on(Opened, misbehave)
      ctx.tap(ctx.services.shop.incoming, misbehave)
      ctx.tap(ctx.kernel.hooks.close, misbehave)
      ctx.onClose(misbehave)
    },
  })
  const guest = definePlugin({
    name: 'guest',
    config: z.object({}),
    requires: { shop: Shop },
    setup(ctx) {
      ctx.on(Opened, () => void heard.push('guest'))
      ctx.tap(ctx.services.shop.incoming, (text) => (text === 'hello' ? true : undefined))
      ctx.tap(ctx.kernel.hooks.close, () => void heard.push('guest closes'))
      ctx.onClose(() => heard.push('guest is undone'))
    },
  })
  const test = await testKernel({ plugins: [owner(), villain(), guest()] })
  return { test, heard, incoming, emit: () => emit() }
}

describe.each(ways)('F1: a plugin that %s', (_, misbehave) => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => unhandled.push(reason)
  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', onUnhandled)
  })
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })

  it('keeps no event from the others', async () => {
    const { test, heard, emit } = await shopWith(misbehave)
    emit()
    await vi.waitFor(() => expect(test.events.map((it) => it.type)).toContain(PluginFault.id))
    expect(heard).toEqual(['owner', 'guest'])
    expect(test.lines).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/'villain'.*'shop\.opened'/),
        data: { plugin: 'villain', phase: 'event' },
      },
    ])
    await test.kernel.close()
  })

  it('keeps no message from the next tap', async () => {
    const { test, incoming } = await shopWith(misbehave)
    expect(await incoming.call('hello')).toBe(true)
    await test.kernel.close()
  })

  it('fails its own call and no other', async () => {
    const { test } = await shopWith(misbehave)
    await expect(test.run(steal, {})).rejects.toMatchObject({ code: 'WAQ_COMMAND_FAILED', plugin: 'villain' })
    expect(await test.kernel.commands.execute(buy, {}, { principal: systemPrincipal })).toEqual({ ok: true })
    await test.kernel.close()
  })

  it('does not keep the others from closing', async () => {
    const { test, heard } = await shopWith(misbehave)
    await test.kernel.close()
    expect(heard).toEqual(['guest closes', 'guest is undone'])
    expect(test.lines).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/'villain'.*'close'/),
        data: { plugin: 'villain', phase: 'close' },
      },
      {
        level: 'error',
        message: expect.stringContaining("'villain'"),
        data: { plugin: 'villain', code: 'WAQ_CLOSE_FAILED' },
      },
    ])
  })

  it.each(['setup', 'boot', 'ready'] as const)(
    'in its %s keeps the system from starting, and is named',
    async (phase) => {
      const setup = (ctx: PluginContext) =>
        phase === 'setup' ? misbehave() : ctx.tap(ctx.kernel.hooks[phase], misbehave)
      const plugin = definePlugin({ name: 'villain', config: z.object({}), setup })
      await expect(testKernel({ plugins: [plugin()] })).rejects.toMatchObject({
        code: 'WAQ_STARTUP_FAILED',
        problems: [{ plugin: 'villain', fix: expect.stringMatching(/./) }],
      })
    },
  )
})
