import { Database, EventLog } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { listReaders } from '@waqtor/plugin-events/contract'
import { InstanceDeleted } from '@waqtor/plugin-instances/contract'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import {
  admin,
  DayBegan,
  eventually,
  notifyKernel,
  OrderFailed,
  person,
  seller,
  shop,
  viewer,
} from './fixtures/notify-kernel.ts'

describe('what happened', () => {
  it('is told in the words of the plugin that it belongs to, to those who may see it', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '7' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 7 failed']))
    expect(await it.list(seller)).toEqual([
      {
        id: expect.stringMatching(/^ntf_/),
        userId: seller.id,
        type: 'error',
        title: 'Order 7 failed',
        message: 'In shop: no stock',
        key: 'order.failed',
        fields: { order: '7', why: 'no stock' },
        link: '/orders/7',
        read: false,
        createdAt: expect.any(Number),
      },
    ])
    expect(await it.titles(viewer)).toEqual([])
  })

  it('in an account that somebody does not reach is not told to them', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '1' }, 'depot')
    await it.order({ order: '2' }, 'shop')
    await eventually(async () => expect((await it.titles(admin)).sort()).toEqual(['Order 1 failed', 'Order 2 failed']))
    expect(await it.titles(seller)).toEqual(['Order 2 failed'])
    expect(await it.unread(seller)).toBe(1)
    expect(await it.titles(person('usr_2', ['notifications:read', 'orders:*'], new Set(['depot'])))).toEqual([
      'Order 1 failed',
    ])
  })

  it('to somebody in person is told to nobody else, whatever they may see', async () => {
    await using it = await notifyKernel()
    await it.alarm({ what: 'fire', userIds: [viewer.id, viewer.id] })
    await eventually(async () =>
      expect(await it.list(viewer)).toMatchObject([{ title: 'Alarm', key: 'alarm.loud', fields: {} }]),
    )
    expect(await it.titles(admin)).toEqual([])
  })

  it('that is not worth telling, or for which there are no words, holds up nothing', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '1', say: 'nothing' })
    await it.order({ order: '2', say: 'badly' })
    await it.order({ order: '3' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 3 failed']))
    expect(it.lines.filter((line) => line.level === 'error')).toMatchObject([
      { message: 'a notice has no words for its event', data: { event: 'order.failed', problem: 'no words' } },
    ])
  })

  it('over and over is told once, and how often it was when it is told again', async () => {
    await using it = await notifyKernel()
    for (const why of ['a', 'b', 'c']) await it.order({ order: '1', why })
    await it.order({ order: 'last' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order last failed', 'Order 1 failed']))

    const file = await it.service(Database).open('host')
    await file.write((tx) => tx.run('UPDATE notification_folds SET told_at = 0'))
    await it.order({ order: '1', why: 'd' })
    await eventually(async () =>
      expect((await it.list(admin))[0]).toMatchObject({
        message: 'In shop: d (and 2 more like this since the last notification)',
        fields: { order: '1', why: 'd', more: 2 },
      }),
    )
  })

  it('before the plugin was there is no news', async () => {
    await using it = await notifyKernel()
    const file = await it.service(Database).open('host')
    await file.write((tx) => tx.run('UPDATE notification_book SET since = ?', [Date.now() + 3_600_000]))
    await it.order({ order: 'old' })
    await eventually(async () => {
      const { items } = await it.run(listReaders, {})
      expect(items.find(({ log }) => log === 'shop')).toMatchObject({ reader: 'notifications', through: 1, lag: 0 })
    })
    await file.write((tx) => tx.run('UPDATE notification_book SET since = 0'))
    await it.order({ order: 'new' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order new failed']))
  })

  it('is told exactly once, also when its log is read again', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '1' })
    await eventually(async () => expect(await it.titles(admin)).toHaveLength(1))
    const file = await it.service(Database).open('host')
    await file.write(async (tx) => {
      await tx.run("UPDATE event_readers SET sequence = 0 WHERE reader = 'notifications'")
      await tx.run('DELETE FROM notification_folds')
    })
    await it.reload((entry) => (entry.spec.name === 'notifications' ? { ...entry, config: { keepDays: 89 } } : entry))
    await it.order({ order: '2' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 2 failed', 'Order 1 failed']))
  })

  it('in an account that was removed is not told to those who come after it', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '1' })
    await it.order({ order: '2' }, 'depot')
    await eventually(async () => expect(await it.unread(admin)).toBe(2))
    const [shopOnly] = await it.list(seller)
    await it.run(contract.markRead, { id: shopOnly!.id }, { principal: seller })
    const file = await it.service(Database).open('host')
    await file.write((tx) => it.service(EventLog).record(tx, InstanceDeleted, { instanceId: 'shop' }))
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 2 failed']))
    expect(await it.titles(seller)).toEqual([])
    expect(await file.get('SELECT count(*) AS n FROM notification_marks')).toEqual({ n: 0 })
  })

  it('is heard of a plugin that came later', async () => {
    const Late = { ...DayBegan, id: 'late.came' }
    const late = definePlugin({
      name: 'late',
      config: z.object({ on: z.boolean() }),
      events: [Late],
      contributes: [
        { kind: 'notice', event: Late, say: () => ({ type: 'info', title: 'Late', message: 'Here I am' }) } as never,
      ],
      setup() {},
    })
    await using it = await notifyKernel()
    const entries = await it.kernel.inspect().plugins
    expect(entries.map((plugin) => plugin.name)).not.toContain('late')
    const now: Parameters<typeof it.kernel.reload>[0][number][] = []
    await it.reload((entry) => {
      now.push(entry)
      return entry
    })
    await it.kernel.reload([...now, late({ on: true })])
    const file = await it.service(Database).open('host')
    await file.write((tx) => it.service(EventLog).record(tx, Late, {}))
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Late']))
  })

  it('is recorded as an event for administrators, whole', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '7' })
    await it.alarm({ what: 'fire', userIds: ['usr_1'] })
    await eventually(() => {
      const created = it.events.filter((event) => event.type === 'notification.created')
      expect(created.map((event) => event.data)).toMatchObject(
        expect.arrayContaining([
          expect.objectContaining({ userId: null, about: 'order.failed', instance: 'shop', title: 'Order 7 failed' }),
          expect.objectContaining({ userId: 'usr_1', about: 'alarm.rang', instance: null, message: 'fire' }),
        ]),
      )
    })
    expect(contract.NotificationCreated).toMatchObject({ permission: 'users:read', kind: 'recorded' })
  })
})

describe('a list', () => {
  it('is each reader’s own: what one has read or deleted stays as it was for the others', async () => {
    await using it = await notifyKernel({ config: { foldMinutes: 0 } })
    for (const order of ['1', '2', '3']) await it.order({ order })
    await eventually(async () => expect(await it.unread(seller)).toBe(3))
    const [third, second] = await it.list(seller)
    expect(await it.run(contract.markRead, { id: third!.id }, { principal: seller })).toEqual({ ...third, read: true })
    await it.run(contract.markRead, { id: third!.id }, { principal: seller })
    await it.run(contract.deleteNotification, { id: second!.id }, { principal: seller })
    expect((await it.list(seller)).map((n) => [n.title, n.read])).toEqual([
      ['Order 3 failed', true],
      ['Order 1 failed', false],
    ])
    expect((await it.list(seller, 'unread')).map((n) => n.title)).toEqual(['Order 1 failed'])
    expect(await it.unread(seller)).toBe(1)
    expect(await it.unread(admin)).toBe(3)
    expect(await it.run(contract.markAllRead, {}, { principal: seller })).toEqual({ marked: 1 })
    expect(await it.unread(seller)).toBe(0)
    expect(await it.list(seller, 'unread')).toEqual([])
    expect((await it.list(seller)).every((n) => n.read)).toBe(true)

    await it.order({ order: '4' })
    await eventually(async () => expect(await it.unread(seller)).toBe(1))
    expect(await it.unread(admin)).toBe(4)
  })

  it('comes in pages, newest first, without a gap', async () => {
    await using it = await notifyKernel()
    for (let i = 0; i < 7; i++) await it.order({ order: String(i) })
    await eventually(async () => expect(await it.unread(admin)).toBe(7))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await it.run(
        contract.listNotifications,
        { limit: 3, ...(cursor && { cursor }) },
        { principal: admin },
      )
      seen.push(...page.items.map((n) => n.title))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `Order ${n} failed`))
    for (const wrong of ['x', '-1', '0', '1e3', '9'.repeat(20)])
      await expect(it.run(contract.listNotifications, { cursor: wrong })).rejects.toMatchObject({
        code: 'WAQ_CURSOR_INVALID',
      })
  })

  it('lets nobody touch what they do not see', async () => {
    await using it = await notifyKernel()
    await it.order({ order: '1' }, 'depot')
    await it.alarm({ what: 'fire', userIds: [viewer.id] })
    await eventually(async () => expect(await it.titles(viewer)).toEqual(['Alarm']))
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 1 failed']))
    const ids = [...(await it.list(admin)), ...(await it.list(viewer))].map((n) => n.id)
    for (const id of [...ids, 'ntf_none']) {
      for (const command of [contract.markRead, contract.deleteNotification])
        await expect(it.run(command, { id }, { principal: seller })).rejects.toMatchObject({
          code: 'WAQ_NOT_FOUND',
          status: 404,
        })
    }
    expect(await it.titles(viewer)).toEqual(['Alarm'])
  })

  it('deleted by the one whom it was for, it is gone', async () => {
    await using it = await notifyKernel()
    await it.alarm({ what: 'fire', userIds: [viewer.id] })
    await eventually(async () => expect(await it.titles(viewer)).toEqual(['Alarm']))
    const [mine] = await it.list(viewer)
    await it.run(contract.deleteNotification, { id: mine!.id }, { principal: viewer })
    const file = await it.service(Database).open('host')
    expect(await file.get('SELECT count(*) AS n FROM notifications')).toEqual({ n: 0 })
  })

  it('D1: tells nothing of what is locked at this moment', async () => {
    let locked = true
    const lock = definePlugin({
      name: 'lock',
      config: z.object({}),
      setup(ctx) {
        ctx.tap(ctx.kernel.hooks.authorize, ({ permission }) =>
          locked && permission === 'orders:read'
            ? ({ status: 403, code: 'feature_locked', reason: 'orders are locked' } as const)
            : undefined,
        )
      },
    })
    await using it = await notifyKernel({ plugins: [lock()] })
    await it.order({ order: '1' })
    await it.alarm({ what: 'fire' })
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Alarm']))
    expect(await it.unread(admin)).toBe(1)
    locked = false
    await eventually(async () => expect((await it.titles(admin)).sort()).toEqual(['Alarm', 'Order 1 failed']))
  })

  it('needs somebody whose it is', async () => {
    await using it = await notifyKernel()
    await expect(it.kernel.commands.execute(contract.listNotifications, {})).rejects.toMatchObject({ status: 401 })
    const stranger = person('key_1', ['orders:read'])
    await expect(it.run(contract.countNotifications, {}, { principal: stranger })).rejects.toMatchObject({
      status: 403,
    })
  })
})

describe('telling people something', () => {
  const notice = { type: 'info', title: 'Maintenance', message: 'At ten' } as const

  it('reaches everybody who may read notifications, or those who are named', async () => {
    await using it = await notifyKernel()
    const all = await it.run(contract.createNotification, { ...notice, link: '/notifications', icon: 'pi pi-bell' })
    expect(all.ids).toHaveLength(1)
    const some = await it.run(contract.createNotification, { ...notice, title: 'You', userIds: [viewer.id, seller.id] })
    expect(some.ids).toHaveLength(2)
    expect(await it.titles(viewer)).toEqual(['You', 'Maintenance'])
    expect(await it.titles(seller)).toEqual(['You', 'Maintenance'])
    expect(await it.titles(admin)).toEqual(['Maintenance'])
    expect((await it.list(admin))[0]).toMatchObject({ link: '/notifications', icon: 'pi pi-bell', userId: admin.id })
  })

  it.each([
    [{ link: 'https://evil.example' }],
    [{ link: '//evil.example' }],
    [{ title: ' ' }],
    [{ message: 'x'.repeat(2_001) }],
    [{ icon: '<b>' }],
    [{ userIds: [] }],
    [{ more: 1 }],
  ])('refuses %j', async (wrong) => {
    await using it = await notifyKernel()
    await expect(it.run(contract.createNotification, { ...notice, ...wrong } as never)).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
    })
  })

  it('refuses people whom there are not, where somebody knows', async () => {
    await using it = await notifyKernel({ people: [admin, viewer] })
    const told = (userIds: string[]) => it.run(contract.createNotification, { ...notice, userIds })
    expect((await told([viewer.id])).ids).toHaveLength(1)
    await expect(told([viewer.id, 'usr_ghost'])).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'userIds.1', message: "there is no user and no key 'usr_ghost' that can come in" }] },
    })
    expect(await it.titles(viewer)).toHaveLength(1)
  })

  it('is for those who may change users', async () => {
    await using it = await notifyKernel()
    const chatty = person('usr_chatty', ['notifications:*'])
    await expect(it.run(contract.createNotification, notice, { principal: chatty })).rejects.toMatchObject({
      status: 403,
    })
  })

  it('works for plugins in their own transaction on the host’s file, and only there', async () => {
    await using it = await notifyKernel()
    const database = it.service(Database)
    const host = await database.open('host')
    await host.write((tx) => it.notifications.notify(tx, { ...notice, link: 'javascript:alert(1)' }))
    await host
      .write(async (tx) => {
        await it.notifications.notify(tx, { ...notice, title: 'Never' })
        throw new Error('undone')
      })
      .catch(() => {})
    expect(await it.list(viewer)).toMatchObject([{ title: 'Maintenance' }])
    expect((await it.list(viewer))[0]).not.toHaveProperty('link')
    const instance = await database.open('shop')
    await expect(instance.write((tx) => it.notifications.notify(tx, notice))).rejects.toThrow(
      "notifications are kept in the host's file, and this transaction writes 'shop'",
    )
  })
})

describe('what is old', () => {
  it('goes, with everything that hangs on it; the newest stay', async () => {
    await using it = await notifyKernel({ config: { keep: 2, keepDays: 1, foldMinutes: 0 } })
    const file = await it.service(Database).open('host')
    for (const title of ['a', 'b', 'c', 'd']) await it.run(contract.createNotification, { title, message: 'm' })
    await it.order({ order: '1' })
    await eventually(async () => expect(await it.unread(admin)).toBe(5))
    const [newest] = await it.list(admin)
    for (const n of await it.list(admin)) await it.run(contract.markRead, { id: n.id }, { principal: admin })
    await file.write((tx) => tx.run("UPDATE notifications SET created_at = 0 WHERE title = 'd'"))
    await it.reload((entry) =>
      entry.spec.name === 'notifications' ? { ...entry, config: { keep: 2, keepDays: 2 } } : entry,
    )
    await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 1 failed']))
    expect(newest!.title).toBe('Order 1 failed')
    expect(await file.all('SELECT event FROM notification_subjects')).toEqual([{ event: OrderFailed.id }])
    expect(await file.get('SELECT count(*) AS n FROM notification_marks')).toEqual({ n: 1 })
  })
})

it('F6: nothing is left behind', async () => {
  await using it = await notifyKernel()
  const entries: Parameters<typeof it.kernel.reload>[0][number][] = []
  await it.reload((entry) => {
    entries.push(entry)
    return entry
  })
  const without = entries.filter((entry) => !['notifications', 'test-probe'].includes(entry.spec.name))
  const names = () => it.kernel.contributions('channel').map((channel) => (channel as unknown as { path: string }).path)
  await it.kernel.reload(without)
  const before = snapshot(it.kernel)
  for (let i = 0; i < 3; i++) {
    await it.kernel.reload(entries.filter((entry) => entry.spec.name !== 'test-probe'))
    expect(names()).toEqual(['/notifications'])
    await it.order({ order: String(i) })
    expect(await it.unread(admin)).toBeGreaterThanOrEqual(0)
    await it.kernel.reload(without)
  }
  expect(names()).toEqual([])
  expect(await leftBehind(before, () => snapshot(it.kernel))).toEqual([])
})

it('goes on where it was when another plugin is restarted', async () => {
  await using it = await notifyKernel()
  await it.reload((entry) => (entry.spec.name === 'shop' ? shop({ mark: 'changed' }) : entry))
  await it.order({ order: '1' })
  await eventually(async () => expect(await it.titles(admin)).toEqual(['Order 1 failed']))
})
