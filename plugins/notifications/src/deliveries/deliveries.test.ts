import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, HostInfo, People } from '@waqtor/contracts'
import { fake } from '@waqtor/kernel/testing'
import sqlite from '@waqtor/plugin-storage-sqlite'
import { describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { admin, eventually, FakeChannel, notifyKernel, seller, viewer } from '../fixtures/notify-kernel.ts'
import { forgetInstance } from '../store.ts'
import { due, nextDue } from './delivery-store.ts'

const people = [admin, seller, viewer]
const quick = { delivery: { retriesMs: [1, 1, 1] } }
const pager = { channels: ['pager'] }

describe('a channel', () => {
  it('brings what its people may see, to those who chose it', async () => {
    await using it = await notifyKernel({ people })
    const channel = new FakeChannel()
    it.notifications.add(channel)
    for (const who of [seller, viewer]) await it.run(contract.setPreferences, pager, { principal: who })
    await it.order({ order: '1' })
    await it.alarm({ what: 'fire', userIds: [viewer.id, admin.id] })
    await eventually(() =>
      expect(channel.delivered.map((it) => `${it.userId}: ${it.title}`).sort()).toEqual([
        'usr_seller: Order 1 failed',
        'usr_viewer: Alarm',
      ]),
    )
  })

  it('that fails is tried again, and brings it once', async () => {
    await using it = await notifyKernel({ people, config: quick })
    const channel = new FakeChannel()
    channel.failing = 2
    it.notifications.add(channel)
    await it.run(contract.setPreferences, pager, { principal: seller })
    await it.order({ order: '1' })
    await eventually(() => expect(channel.delivered).toHaveLength(1))
    expect(channel.tries).toHaveLength(3)
    expect(it.lines.filter((line) => line.message.includes('tried again'))).toMatchObject([
      { level: 'warn', data: { channel: 'pager', userId: seller.id, problem: 'the pager is off' } },
      { level: 'warn' },
    ])
    const file = await it.service(Database).open('host')
    await eventually(async () =>
      expect(await file.get('SELECT count(*) AS n FROM notification_deliveries')).toEqual({ n: 0 }),
    )
  })

  it('that fails for good is given up, and others are not held up', async () => {
    await using it = await notifyKernel({ people, config: quick })
    const [broken, good] = [new FakeChannel('broken'), new FakeChannel('good')]
    broken.failing = 1_000
    it.notifications.add(broken)
    it.notifications.add(good)
    await it.run(contract.setPreferences, { channels: ['broken', 'good'] }, { principal: seller })
    await it.order({ order: '1' })
    await eventually(() => expect(good.delivered).toHaveLength(1))
    await eventually(() =>
      expect(it.lines.filter((line) => line.level === 'error')).toMatchObject([
        { message: 'a notification could not be delivered and is given up; it stands in the list' },
      ]),
    )
    expect(broken.tries).toHaveLength(4)
    expect(await it.titles(seller)).toEqual(['Order 1 failed'])
  })

  it('that hangs is given up in time', async () => {
    await using it = await notifyKernel({ people, config: { delivery: { timeoutMs: 20, retriesMs: [] } } })
    const channel = new FakeChannel()
    channel.hangs = true
    it.notifications.add(channel)
    await it.run(contract.setPreferences, pager, { principal: seller })
    await it.order({ order: '1' })
    await eventually(() =>
      expect(it.lines.filter((line) => line.level === 'error')).toMatchObject([
        { data: { problem: "channel 'pager' took more than 20 ms" } },
      ]),
    )
  })

  it('that has gone is waited for as for one that fails', async () => {
    await using it = await notifyKernel({ people, config: { delivery: { retriesMs: [3_600_000] } } })
    const channel = new FakeChannel()
    const undo = it.notifications.add(channel)
    await it.run(contract.setPreferences, pager, { principal: seller })
    undo()
    await it.order({ order: '1' })
    await eventually(() =>
      expect(it.lines.find((line) => line.level === 'warn')?.data).toMatchObject({
        problem: "no plugin brings the channel 'pager' at the moment",
      }),
    )
    const file = await it.service(Database).open('host')
    await file.write((tx) => tx.run('UPDATE notification_deliveries SET due_at = 0'))
    it.notifications.add(channel)
    await eventually(() => expect(channel.delivered).toHaveLength(1))
  })

  it('has a name of its own', async () => {
    await using it = await notifyKernel()
    const undo = it.notifications.add(new FakeChannel())
    expect(() => it.notifications.add(new FakeChannel())).toThrow("there is a notification channel 'pager' already")
    undo()
    undo()
    it.notifications.add(new FakeChannel())
  })
})

describe('a person', () => {
  it('who has read it meanwhile, or wants it no more, is not rung up', async () => {
    await using it = await notifyKernel({ people, config: { foldMinutes: 0, delivery: { retriesMs: [3_600_000] } } })
    const channel = new FakeChannel()
    channel.failing = 2
    it.notifications.add(channel)
    for (const who of [seller, admin]) await it.run(contract.setPreferences, pager, { principal: who })
    await it.order({ order: '1' })
    await eventually(() => expect(channel.tries).toHaveLength(2))
    await it.run(contract.markAllRead, {}, { principal: seller })
    await it.run(contract.setPreferences, { channels: [] }, { principal: admin })
    const file = await it.service(Database).open('host')
    await eventually(async () =>
      expect(await file.all('SELECT attempts FROM notification_deliveries')).toEqual([
        { attempts: 1 },
        { attempts: 1 },
      ]),
    )
    await file.write((tx) => tx.run('UPDATE notification_deliveries SET due_at = 0'))
    await it.order({ order: '2' })
    await eventually(() =>
      expect(channel.delivered).toMatchObject([
        { title: 'Order 2 failed', key: 'order.failed', fields: { order: '2' } },
      ]),
    )
    await eventually(async () =>
      expect(await file.get('SELECT count(*) AS n FROM notification_deliveries')).toEqual({ n: 0 }),
    )
  })

  it('sleeps in quiet hours, and gets it when they are over', async () => {
    await using it = await notifyKernel({ people })
    const channel = new FakeChannel()
    it.notifications.add(channel)
    const now = new Date()
    const clock = (hours: number) => new Date(now.getTime() + hours * 3_600_000).toISOString().slice(11, 16)
    const quietHours = { from: clock(-2), to: clock(2), zone: 'UTC' }
    await it.run(contract.setPreferences, { ...pager, quietHours }, { principal: seller })
    await it.order({ order: '1' })
    const file = await it.service(Database).open('host')
    await eventually(async () => {
      const row = await file.get<{ due_at: number; attempts: number }>('SELECT * FROM notification_deliveries')
      expect(row!.due_at).toBeGreaterThan(now.getTime() + 3_600_000)
      expect(row!.attempts).toBe(0)
    })
    expect(channel.tries).toEqual([])
    expect(await it.unread(seller)).toBe(1)

    await it.run(contract.setPreferences, { quietHours: null }, { principal: seller })
    await file.write((tx) => tx.run('UPDATE notification_deliveries SET due_at = 0'))
    await it.order({ order: '2' })
    await eventually(() => expect(channel.delivered.map((d) => d.title)).toContain('Order 1 failed'))
  })

  it('who can come in no more is told nothing', async () => {
    await using it = await notifyKernel({ people: [admin] })
    const channel = new FakeChannel()
    it.notifications.add(channel)
    for (const who of [seller, admin]) await it.run(contract.setPreferences, pager, { principal: who })
    await it.run(contract.createNotification, { title: 'To all', message: 'm' })
    await it.alarm({ what: 'fire', userIds: [seller.id, admin.id] })
    await eventually(() => expect(channel.delivered.map((d) => d.title).sort()).toEqual(['Alarm', 'To all']))
    expect(channel.delivered.every((d) => d.userId === admin.id)).toBe(true)
  })

  it('gets what is addressed to them also where nobody knows the people', async () => {
    await using it = await notifyKernel()
    const channel = new FakeChannel()
    it.notifications.add(channel)
    await it.run(contract.setPreferences, pager, { principal: seller })
    await it.run(contract.createNotification, { title: 'To all', message: 'm' })
    await it.run(contract.createNotification, { title: 'To you', message: 'm', userIds: [seller.id] })
    await eventually(() => expect(channel.delivered.map((d) => d.title)).toEqual(['To you']))
  })
})

it('while it cannot be found out who the people are, deliveries wait', async () => {
  await using it = await notifyKernel({ people })
  const service = it.service(People)
  const { people: known } = service
  service.people = () => Promise.reject(new Error('the users cannot be read'))
  const channel = new FakeChannel()
  it.notifications.add(channel)
  await it.run(contract.setPreferences, pager, { principal: seller })
  await it.order({ order: '1' })
  await eventually(() =>
    expect(it.lines).toContainEqual(
      expect.objectContaining({
        message: 'deliveries are put off',
        data: expect.objectContaining({ problem: 'the users cannot be read' }),
      }),
    ),
  )
  service.people = known
  await it.order({ order: '2' })
  await eventually(() =>
    expect(channel.delivered.map((d) => d.title).sort()).toEqual(['Order 1 failed', 'Order 2 failed']),
  )
})

it('what was removed before it was delivered is let go of', async () => {
  await using it = await notifyKernel({ people, config: { delivery: { retriesMs: [3_600_000] } } })
  const channel = new FakeChannel()
  channel.failing = 1
  it.notifications.add(channel)
  await it.run(contract.setPreferences, pager, { principal: seller })
  await it.order({ order: '1' })
  await eventually(() => expect(channel.tries).toHaveLength(1))
  const file = await it.service(Database).open('host')
  await eventually(async () =>
    expect(await file.all('SELECT attempts FROM notification_deliveries')).toEqual([{ attempts: 1 }]),
  )
  await file.write((tx) => tx.run('UPDATE notification_deliveries SET due_at = 0'))
  await file.write((tx) => tx.run('DELETE FROM notifications'))
  expect([await due(file, Date.now(), 10), await nextDue(file)]).toEqual([[], null])
  await file.write((tx) => forgetInstance(tx, 'shop'))
  expect(await file.all('SELECT * FROM notification_deliveries')).toEqual([])
})

describe('preferences', () => {
  it('begin with everything in the list, and keep what is left out', async () => {
    await using it = await notifyKernel()
    it.notifications.add(new FakeChannel())
    it.notifications.add(new FakeChannel('mail'))
    expect(await it.run(contract.getPreferences, {}, { principal: seller })).toEqual({
      types: ['info', 'success', 'warning', 'error'],
      channels: [],
      quietHours: null,
      available: ['mail', 'pager'],
    })
    await it.run(contract.setPreferences, { channels: ['pager', 'pager'] }, { principal: seller })
    const quietHours = { from: '22:00', to: '07:00', zone: 'Africa/Cairo' }
    expect(await it.run(contract.setPreferences, { quietHours }, { principal: seller })).toMatchObject({
      channels: ['pager'],
      quietHours,
    })
    expect(await it.run(contract.getPreferences, {}, { principal: admin })).toMatchObject({ channels: [] })
  })

  it('name a channel that there is; one that was chosen before may be away', async () => {
    await using it = await notifyKernel()
    await expect(it.run(contract.setPreferences, pager)).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      message: "there is no channel 'pager'; no plugin brings one",
    })
    const undo = it.notifications.add(new FakeChannel())
    await expect(it.run(contract.setPreferences, { channels: ['mail'] })).rejects.toMatchObject({
      message: "there is no channel 'mail'; there are: pager",
    })
    await it.run(contract.setPreferences, pager)
    undo()
    expect(await it.run(contract.setPreferences, { types: [], ...pager })).toMatchObject({
      channels: ['pager'],
      types: [],
    })
  })

  it.each([
    { quietHours: { from: '22:00', to: '7:00', zone: 'UTC' } },
    { quietHours: { from: '24:00', to: '07:00', zone: 'UTC' } },
    { quietHours: { from: '22:00', to: '07:00', zone: 'Africa/Nowhere' } },
    { types: ['loud'] },
    { channels: ['Pager'] },
  ])('refuse %j', async (wrong) => {
    await using it = await notifyKernel()
    await expect(it.run(contract.setPreferences, wrong as never)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
  })
})

it('what was not delivered before a crash is delivered after the next start', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-notifications-'))
  const options = {
    people,
    storage: sqlite(),
    fakes: [fake(HostInfo, { dataDirectory: directory })],
    config: { delivery: { retriesMs: [1], timeoutMs: 60_000 } },
  }
  try {
    {
      await using it = await notifyKernel(options)
      const channel = new FakeChannel()
      channel.hangs = true
      it.notifications.add(channel)
      await it.run(contract.setPreferences, pager, { principal: seller })
      await it.order({ order: '1' })
      await eventually(() => expect(channel.tries).toHaveLength(1))
    }
    await using it = await notifyKernel(options)
    const channel = new FakeChannel()
    it.notifications.add(channel)
    await eventually(() => expect(channel.delivered).toMatchObject([{ userId: seller.id, title: 'Order 1 failed' }]))
    expect(await it.titles(seller)).toEqual(['Order 1 failed'])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
