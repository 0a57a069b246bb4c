import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo } from '@waqtor/contracts'
import { systemPrincipal } from '@waqtor/kernel'
import { fake, type TestKernel, testKernel } from '@waqtor/kernel/testing'
import campaigns from '@waqtor/plugin-campaigns'
import { createCampaign, startCampaign } from '@waqtor/plugin-campaigns/contract'
import events from '@waqtor/plugin-events'
import { listReaders } from '@waqtor/plugin-events/contract'
import instances from '@waqtor/plugin-instances'
import { getState } from '@waqtor/plugin-instances/contract'
import messages from '@waqtor/plugin-messages'
import sqlite from '@waqtor/plugin-storage-sqlite'
import simulator from '@waqtor/plugin-transport-simulator'
import { control } from '@waqtor/plugin-transport-simulator/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listNotifications } from './contract.ts'
import { eventually } from './fixtures/notify-kernel.ts'
import notifications from './index.ts'

let directory: string
let test: TestKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-notifications-'))
  const quick = { minMs: 1, maxMs: 1 }
  test = await testKernel({
    plugins: [
      sqlite(),
      events(),
      instances({ backOff: quick }),
      simulator({ autoPair: true, ackDelayMs: 0 }),
      messages(),
      campaigns(),
      notifications(),
    ],
    fakes: [fake(HostInfo, { dataDirectory: directory, version: '1.0.0', options: {}, isReady: () => true })],
  })
  await ready()
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const ready = () => eventually(async () => expect(await test.run(getState, {})).toMatchObject({ status: 'ready' }))
const told = async () =>
  (await test.run(listNotifications, {}, { principal: systemPrincipal })).items.map(({ type, title }) => ({
    type,
    title,
  }))

it('a campaign that is done is told with its name', async () => {
  const { campaignId } = await test.run(createCampaign, {
    name: 'Welcome',
    template: 'Hello',
    recipients: ['+201001234567'],
    sendingHours: 'any',
  })
  await test.run(startCampaign, { campaignId })
  await eventually(async () =>
    expect(await told()).toEqual([{ type: 'success', title: "Campaign 'Welcome' is finished" }]),
  )
})

it('a session that breaks again and again is told once', async () => {
  for (let i = 1; i <= 5; i++) {
    await test.run(control, { disconnect: true })
    await eventually(() => expect(losses()).toHaveLength(i))
    await ready()
  }
  await eventually(async () => expect((await test.run(listReaders, {})).items.map((it) => it.lag)).toEqual([0, 0]))
  await eventually(async () =>
    expect(await told()).toEqual([{ type: 'warning', title: "Account 'default' lost its connection" }]),
  )
})

const losses = () =>
  test.events.filter(
    (event) => event.type === 'session.status' && (event.data as { status: string }).status === 'disconnected',
  )
