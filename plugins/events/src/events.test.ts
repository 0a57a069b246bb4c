import { Database, EventLog, PluginFailed } from '@waqtor/contracts'
import { defineCommand, defineEvent, definePlugin, PluginFault, type Principal, z } from '@waqtor/kernel'
import { leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import events, { listEvents } from './index.ts'

const Public = defineEvent('test.public', {
  kind: 'recorded',
  permission: 'test:read',
  scope: 'instance',
  schema: z.object({ n: z.int() }),
})
const Secret = defineEvent('test.secret', { ...Public, permission: 'secret:read' })
const Trip = defineEvent('test.trip', {
  kind: 'transient',
  permission: 'test:read',
  scope: 'host',
  schema: z.object({ text: z.string() }),
})

const trip = defineCommand('test.trip', {
  summary: 'Make a listener throw',
  permission: 'test:write',
  scope: 'host',
  input: z.object({ text: z.string() }),
  output: z.object({}),
})

const emitter = definePlugin({
  name: 'emitter',
  config: z.object({}),
  requires: { database: Database, log: EventLog },
  events: [Public, Secret],
  setup(ctx) {
    ctx.tap(ctx.kernel.hooks.boot, async () => {
      const file = await ctx.services.database.open('default')
      await ctx.services.log.attach('default')
      await file.write(async (tx) => {
        await ctx.services.log.recordAll(tx, Public, [{ n: 1 }, { n: 2 }])
        await ctx.services.log.record(tx, Secret, { n: 3 })
        await ctx.services.log.record(tx, Public, { n: 4 })
      })
    })
    ctx.on(Trip, ({ text }) => {
      throw new Error(text)
    })
    ctx.handle(trip, ({ text }) => {
      ctx.emit(Trip, { text })
      return {}
    })
  },
})

const reader = (permissions: string[], instances: Principal['instances'] = 'all'): Principal => ({
  id: 'key',
  role: 'key',
  permissions: new Set(permissions),
  instances,
})
const start = (options = {}) => testKernel({ plugins: [memory(), events(options), emitter()] })
const numbers = (page: { items: { data: unknown }[] }) => page.items.map((it) => (it.data as { n: number }).n)

describe('events.list', () => {
  it('answers pages, ends them with null, and keeps a cursor for later', async () => {
    await using test = await start()
    const first = await test.run(listEvents, { limit: 3 })
    expect(numbers(first)).toEqual([1, 2, 3])
    expect(first.nextCursor).toBe(first.cursor)
    const second = await test.run(listEvents, { limit: '3', after: first.cursor })
    expect(numbers(second)).toEqual([4])
    expect(second.nextCursor).toBeNull()
    expect(await test.run(listEvents, { after: second.cursor })).toEqual({
      items: [],
      nextCursor: null,
      cursor: second.cursor,
    })
  })

  it('leaves out what the caller may not see, asked for or not', async () => {
    await using test = await start()
    const principal = reader(['events:read', 'test:read'])
    expect(numbers(await test.run(listEvents, {}, { principal }))).toEqual([1, 2, 4])
    expect(numbers(await test.run(listEvents, { types: 'test.secret' }, { principal }))).toEqual([])
    expect(numbers(await test.run(listEvents, { types: 'test.secret, test.public' }))).toEqual([1, 2, 3, 4])
    expect(numbers(await test.run(listEvents, { types: ['test.secret'] }))).toEqual([3])
  })

  it('is closed to other accounts, and to those without the permission', async () => {
    await using test = await start()
    const own = reader(['events:read', 'test:read'], new Set(['garage']))
    await expect(test.run(listEvents, {}, { principal: own })).rejects.toMatchObject({ status: 403 })
    await expect(test.run(listEvents, { instance: 'host' }, { principal: own })).rejects.toMatchObject({ status: 403 })
    const blind = reader(['test:read'])
    await expect(test.run(listEvents, {}, { principal: blind })).rejects.toMatchObject({ status: 403 })
  })

  it('says what is wrong with a cursor, a limit, a type or an account', async () => {
    await using test = await start()
    await expect(test.run(listEvents, { after: 'x' })).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })
    await expect(test.run(listEvents, { after: '99' })).rejects.toMatchObject({
      code: 'WAQ_CURSOR_EXPIRED',
      status: 410,
    })
    await expect(test.run(listEvents, { limit: 501 })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    await expect(test.run(listEvents, { types: 'test.public,test.typo' })).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      message: "there is no event 'test.typo'",
    })
    await expect(test.run(listEvents, { instance: 'garage' })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN' })
  })
})

describe('faults of plugins', () => {
  it("are recorded in the host's log, once a minute when they repeat themselves", async () => {
    await using test = await start()
    const recorded = Promise.withResolvers<void>()
    test.kernel.events.onAny((event, { data }) => {
      if (event.id === PluginFailed.id && JSON.stringify(data).includes(': b')) recorded.resolve()
    })
    for (const text of ['a', 'a', 'b']) await test.run(trip, { text })
    await recorded.promise
    const { items } = await test.run(listEvents, { instance: 'host', types: PluginFailed.id })
    expect(items.map((it) => it.data)).toEqual([
      { plugin: 'emitter', phase: 'event', message: expect.stringContaining(': a') },
      { plugin: 'emitter', phase: 'event', message: expect.stringContaining(': b') },
    ])
    expect(test.events.filter((it) => it.type === PluginFault.id)).toHaveLength(3)
  })
})

describe('the plugin', () => {
  it('removes old events when it is told to', async () => {
    await using test = await start({ keepDays: 1 })
    const file = await test.service(Database).open('default')
    await file.write((tx) => tx.run('UPDATE events SET time = 1 WHERE sequence <= 2'))
    await test.kernel.reload([memory(), events({ keepDays: 2 }), emitter()])
    const left = () => file.all<{ n: number }>('SELECT count(*) AS n FROM events WHERE sequence <= 4')
    await expect.poll(left).toEqual([{ n: 2 }])
  })

  it('leaves nothing behind', async () => {
    await using test = await testKernel({ plugins: [memory()] })
    // The first time loads modules and opens files that stay.
    const storage = memory()
    await test.kernel.reload([storage, events({ keepDays: 1 }), emitter()])
    await test.kernel.reload([storage])
    const before = snapshot(test.kernel)
    for (let i = 0; i < 3; i++) {
      await test.kernel.reload([storage, events({ keepDays: 1 }), emitter()])
      await test.kernel.reload([storage])
    }
    expect(await leftBehind(before, () => snapshot(test.kernel))).toEqual([])
  })
})
