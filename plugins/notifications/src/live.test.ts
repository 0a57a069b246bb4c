import { CredentialRevoked, channelsOf, People, PermissionsChanged } from '@waqtor/contracts'
import { definePlugin, type Principal, z } from '@waqtor/kernel'
import { expect, it } from 'vitest'
import * as contract from './contract.ts'
import { admin, eventually, type NotifyKernel, notifyKernel, person, seller, viewer } from './fixtures/notify-kernel.ts'
import { visible } from './sight.ts'

/** What was told live so far: who got which notification. */
const arrived = (test: NotifyKernel) =>
  test.events
    .filter((event) => event.type === contract.NotificationArrived.id)
    .map((event) => event.data as { userId: string; title: string })
    .map(({ userId, title }) => `${userId}: ${title}`)

const lastCount = (test: NotifyKernel, userId: string) =>
  test.events
    .filter((event) => event.type === contract.NotificationsCounted.id)
    .map((event) => event.data as { userId: string; unread: number })
    .findLast((count) => count.userId === userId)?.unread

/** Emits what the plugin that knows the keys would emit. */
const auth = definePlugin({
  name: 'auth',
  config: z.object({}),
  events: [CredentialRevoked, PermissionsChanged],
  setup(ctx) {
    ctx.handle(revoke, (data) => {
      ctx.emit(CredentialRevoked, data)
      return {}
    })
    ctx.handle(change, (data) => {
      ctx.emit(PermissionsChanged, data)
      return {}
    })
  },
})
const command = { summary: 's', permission: 'keys:write', scope: 'host', output: z.object({}) } as const
const revoke = { ...command, id: 'test.revoke', input: CredentialRevoked.schema }
const change = { ...command, id: 'test.change', input: PermissionsChanged.schema }

it('each of those who look gets a copy of their own, and their own count', async () => {
  await using it = await notifyKernel()
  for (const who of [admin, seller, viewer]) await it.unread(who)
  await it.order({ order: '1' })
  await it.alarm({ what: 'fire', userIds: [viewer.id] })
  await eventually(() =>
    expect(arrived(it).sort()).toEqual([
      'usr_admin: Order 1 failed',
      'usr_seller: Order 1 failed',
      'usr_viewer: Alarm',
    ]),
  )
  await eventually(() => expect([admin, seller, viewer].map((who) => lastCount(it, who.id))).toEqual([1, 1, 1]))

  await it.run(contract.markAllRead, {}, { principal: seller })
  await eventually(() => expect(lastCount(it, seller.id)).toBe(0))
  expect(lastCount(it, admin.id)).toBe(1)
})

it('who does not look is told nothing', async () => {
  await using it = await notifyKernel()
  await it.unread(admin)
  await it.order({ order: '1' })
  await eventually(() => expect(arrived(it)).toEqual(['usr_admin: Order 1 failed']))
})

it('types that somebody does not want neither arrive nor count', async () => {
  await using it = await notifyKernel()
  await it.run(contract.setPreferences, { types: ['info'] }, { principal: seller })
  for (const who of [admin, seller]) await it.unread(who)
  await it.order({ order: '1' })
  await it.run(contract.createNotification, { title: 'Hello', message: 'm' })
  await eventually(() =>
    expect(arrived(it).sort()).toEqual(['usr_admin: Hello', 'usr_admin: Order 1 failed', 'usr_seller: Hello']),
  )
  expect(await it.titles(seller)).toEqual(['Hello'])
  expect(await it.unread(seller)).toBe(1)
})

it('E3: nothing arrives any more for a credential that was revoked', async () => {
  await using it = await notifyKernel({ plugins: [auth()] })
  await it.unread({ ...seller, credential: 'ses_1' })
  for (const who of [admin, viewer]) await it.unread(who)
  await it.run(revoke, { principalId: seller.id, credential: 'ses_other' })
  await it.run(revoke, { principalId: viewer.id })
  await it.order({ order: '1' })
  await eventually(() =>
    expect(arrived(it).sort()).toEqual(['usr_admin: Order 1 failed', 'usr_seller: Order 1 failed']),
  )
  await it.run(revoke, { principalId: seller.id, credential: 'ses_1' })
  await it.order({ order: '2' })
  await eventually(() => expect(arrived(it)).toContain('usr_admin: Order 2 failed'))
  expect(arrived(it)).not.toContain('usr_seller: Order 2 failed')
})

it('who may do something else than before looks again first, where nobody knows the people', async () => {
  await using it = await notifyKernel({ plugins: [auth()] })
  for (const who of [seller, admin]) await it.unread(who)
  await it.run(change, { principalId: seller.id })
  await it.order({ order: '1' })
  await eventually(() => expect(arrived(it)).toEqual(['usr_admin: Order 1 failed']))
  await it.run(change, { principalId: null })
  await it.unread(seller)
  await it.order({ order: '2' })
  await eventually(() => expect(arrived(it)).toEqual(['usr_admin: Order 1 failed', 'usr_seller: Order 2 failed']))
})

it('where somebody knows the people, what they may see is what they may see now', async () => {
  const people: Principal[] = [admin, seller]
  await using it = await notifyKernel({ plugins: [auth()], people })
  for (const who of [admin, seller, viewer]) await it.unread({ ...who, credential: `ses_${who.id}` })
  people[1] = person(seller.id, ['notifications:read'])
  await it.run(change, { principalId: seller.id })
  await it.order({ order: '1' })
  await it.run(contract.createNotification, { title: 'Hello', message: 'm' })
  await eventually(() =>
    expect(arrived(it).sort()).toEqual(['usr_admin: Hello', 'usr_admin: Order 1 failed', 'usr_seller: Hello']),
  )
})

it('people who cannot be asked for are no reason to tell them what they may not see', async () => {
  const people = { people: () => Promise.reject(new Error('no people')) }
  await using it = await notifyKernel({ people: [] })
  Object.assign(it.service(People), people)
  await it.unread(seller)
  await it.order({ order: '1' })
  await eventually(() =>
    expect(it.lines.map((line) => line.message)).toContain('connected clients were not told of notifications'),
  )
  expect(arrived(it)).toEqual([])
})

it('D1: while a check is being restarted nothing is told live, since nobody knows what may be seen', async () => {
  const kernel = { authorize: async () => ({ status: 503, code: 'reloading', reason: 'a check is being restarted' }) }
  const about = [{ event: 'order.failed', permission: 'orders:read', instance: 'shop' }]
  await expect(visible(kernel as never, { principal: admin, via: 'ws' }, about)).rejects.toMatchObject({
    code: 'WAQ_RELOADING',
    status: 503,
  })
})

it('the channel sends each client its own, and the count at once', async () => {
  await using it = await notifyKernel()
  const channel = channelsOf(it.kernel).find((candidate) => candidate.path === '/notifications')!
  expect(channel).toMatchObject({ permission: 'notifications:read', scope: 'host' })
  const [fresh, count] = channel.events
  const notification = { id: 'ntf_1', userId: 'usr_1' } as never
  expect([fresh!.name, fresh!.ownerOf!(notification), fresh!.send(notification, 5)]).toEqual([
    'notification:new',
    'usr_1',
    notification,
  ])
  const counted = { userId: 'usr_1', unread: 2, timestamp: 7 } as never
  expect([count!.name, count!.ownerOf!(counted), count!.latestOf!(counted), count!.send(counted, 9)]).toEqual([
    'notification:count',
    'usr_1',
    'usr_1',
    { unread: 2, timestamp: 7 },
  ])
  const [state] = channel.state
  expect(state!.send((await it.run(contract.countNotifications, {})) as never, 5)).toEqual([
    { name: 'notification:count', data: { unread: 0, timestamp: 5 } },
  ])
})

it('no more than a thousand are remembered, those who looked longest ago first', async () => {
  await using it = await notifyKernel()
  for (let i = 0; i < 1_001; i++) await it.unread(person(`usr_${i}`, ['notifications:read']))
  await it.run(contract.createNotification, { title: 'Hello', message: 'm' })
  await eventually(() => expect(arrived(it)).toHaveLength(1_000))
  expect(arrived(it)).not.toContain('usr_0: Hello')
})
