import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo, People } from '@waqtor/contracts'
import { fake } from '@waqtor/kernel/testing'
import auth, { createKey, createUser, updateUser } from '@waqtor/plugin-auth'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { eventually, FakeChannel, type NotifyKernel, notifyKernel } from './fixtures/notify-kernel.ts'

const password = 'four words in a row'

let directory: string
let test: NotifyKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-notifications-'))
  test = await notifyKernel({
    plugins: [auth({ passwordCost: 14 })],
    fakes: [fake(HostInfo, { dataDirectory: directory, version: '1.0.0', options: {}, isReady: () => true })],
  })
  await test.run(createUser, { name: 'owner', password, role: 'admin' })
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const user = (name: string) => test.run(createUser, { name, password, role: 'admin' })
const person = async (id: string) => (await test.service(People).people()).find((it) => it.id === id)!
const heard = (type: { readonly id: string }) => test.events.filter((it) => it.type === type.id).map((it) => it.data)

it('signed-in users and keys are told live, of what they may see now', async () => {
  const { id: nadia } = await user('nadia')
  const { id: key } = await test.run(createKey, { permissions: ['notifications:read', 'orders:read'] })
  for (const id of [nadia, key]) await test.unread(await person(id))
  await test.order({ order: '1' })
  await eventually(() =>
    expect(
      heard(contract.NotificationArrived)
        .map((it) => (it as { userId: string }).userId)
        .sort(),
    ).toEqual([nadia, key].sort()),
  )
  await eventually(() =>
    expect(heard(contract.NotificationsCounted)).toContainEqual(expect.objectContaining({ userId: nadia, unread: 1 })),
  )
  expect(test.lines.map((it) => it.message)).not.toContain('connected clients were not told of notifications')

  await test.run(updateUser, { id: nadia, disabled: true })
  await test.order({ order: '2' })
  await eventually(() => expect(heard(contract.NotificationArrived)).toHaveLength(3))
  expect(heard(contract.NotificationArrived)[2]).toMatchObject({ userId: key })
})

it('users who are away get theirs by the channels that they chose', async () => {
  const pager = new FakeChannel()
  test.notifications.add(pager)
  const { id: nadia } = await user('nadia')
  await test.run(contract.setPreferences, { channels: ['pager'] }, { principal: await person(nadia) })
  await test.order({ order: '1' })
  await eventually(() => expect(pager.delivered).toMatchObject([{ userId: nadia, title: 'Order 1 failed' }]))
})

it('nobody is addressed who cannot come in', async () => {
  const { id: nadia } = await user('nadia')
  const write = (...userIds: string[]) =>
    test.run(contract.createNotification, { title: 'Hello', message: 'm', userIds })
  await write(nadia)
  expect(await test.titles(await person(nadia))).toEqual(['Hello'])
  await expect(write(nadia, 'usr_01M8XK3V5T0Q2R4S6T8V0W2Y4Z')).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
  await test.run(updateUser, { id: nadia, disabled: true })
  await expect(write(nadia)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
})
