import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Channel, channelsOf, HostInfo, Http, type ServerEvents } from '@waqtor/contracts'
import { definePlugin, systemPrincipal, z } from '@waqtor/kernel'
import { testKernel } from '@waqtor/kernel/testing'
import auth from '@waqtor/plugin-auth'
import { createKey } from '@waqtor/plugin-auth/contract'
import campaigns, { type CampaignsChannel, createCampaign, startCampaign } from '@waqtor/plugin-campaigns'
import events from '@waqtor/plugin-events'
import http from '@waqtor/plugin-http'
import instances, {
  getQr,
  getState,
  restartInstance,
  SessionQr,
  startInstance,
  stopInstance,
} from '@waqtor/plugin-instances'
import messages, { messageStats, sendText } from '@waqtor/plugin-messages'
import memory from '@waqtor/plugin-storage-memory'
import simulator, { scan } from '@waqtor/plugin-transport-simulator'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { eventually } from './fixtures/eventually.ts'
import { TestClient } from './fixtures/test-client.ts'
import realtime from './index.ts'

/** The plugins whose channels these are, on the virtual network. */
async function start() {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'waqtor-channels-'))
  const host = { dataDirectory, version: '1.0.0', options: { port: 0 }, isReady: () => true }
  const standIn = definePlugin({
    name: 'host',
    config: z.object({}),
    provides: [HostInfo],
    setup: (ctx) => ctx.provide(HostInfo, host),
  })
  const plugins = [standIn(), memory(), events(), auth(), http({ closeTimeoutMs: 500 }), realtime()]
  const test = await testKernel({
    plugins: [...plugins, instances(), simulator({ autoPair: false }), messages(), campaigns()],
  })
  const key = async (...permissions: string[]) =>
    (await test.run(createKey, { permissions }, { principal: systemPrincipal })).key
  const clients: TestClient[] = []
  return {
    test,
    key,
    async open(path: string, token: string) {
      const client = new TestClient(`${test.service(Http).address}${path}`, { token })
      clients.push(client)
      await client.connected()
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await test[Symbol.asyncDispose]()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

/** Everything that was heard has the shape that the channel says. */
function demandShapes(client: TestClient, channels: readonly Channel[]): void {
  for (const { name, data } of client.heard) {
    if (name === 'pong') continue
    const event = channels.flatMap((it) => it.events).find((it) => it.name === name)
    expect(event?.schema.parse(data)).toEqual(data)
  }
}

describe('/status', () => {
  it('is the session with its QR code for those who may pair, and the counters', async () => {
    await using it = await start()
    await eventually(async () => (await it.test.run(getState, {})).status).toBe('qr')
    const admin = await it.open('/status', await it.key('*'))
    const reader = await it.open('/status', await it.key('instances:read', 'messages:read'))
    const watcher = await it.open('/status', await it.key('instances:read'))
    expect(await admin.data('status')).toEqual([{ status: 'qr', timestamp: expect.any(Number) }])
    expect(await admin.data('qr')).toEqual([{ qr: expect.any(String), timestamp: expect.any(Number) }])
    expect(await admin.data('stats')).toEqual([{ messagesSent: 0, messagesReceived: 0, timestamp: expect.any(Number) }])
    await reader.data('stats')

    await it.test.run(scan, {})
    const ready = () => reader.heard.find(({ data }) => data.status === 'ready')?.data
    await eventually(ready).toBeDefined()
    expect(ready()).toEqual({
      status: 'ready',
      clientInfo: { platform: expect.any(String), phoneNumber: expect.any(String), name: expect.any(String) },
      timestamp: expect.any(Number),
    })
    await it.test.run(sendText, { chatId: '+201001234567', text: 'Hello' })
    expect((await reader.data('stats', 2))[1]).toMatchObject({ messagesSent: 1, messagesReceived: 0 })
    await watcher.settled()
    expect(reader.names()).not.toContain('qr')
    expect(new Set(watcher.names())).toEqual(new Set(['status', 'pong']))
    for (const client of [admin, reader, watcher]) demandShapes(client, channelsOf(it.test.kernel))
    expect(await it.test.run(messageStats, {})).toMatchObject({ sent: 1, received: 0, failed: 0 })

    const later = await it.open('/status', await it.key('*'))
    expect((await later.data('status'))[0]).toMatchObject({ status: 'ready' })
    expect((await later.data('stats'))[0]).toMatchObject({ messagesSent: 1 })
  })
})

describe('a code to pair with', () => {
  it('is never shown without the command for it, which the audit log writes down, once for each client', async () => {
    await using it = await start()
    await eventually(async () => (await it.test.run(getState, {})).status).toBe('qr')
    await it.test.run(stopInstance, {})
    const looks = (outcome: string) =>
      it.test.events.filter(({ type, data }) => type === outcome && (data as { command: string }).command === getQr.id)
    const admin = await it.open('/status', await it.key('*'))
    const events = await it.open('/events', await it.key('*'))
    await events.ask('subscribe', { types: [SessionQr.id] })
    await admin.data('status')
    await admin.settled()
    // Where there is nothing to see, nobody looks.
    expect([admin.names().includes('qr'), looks('command.failed')]).toEqual([false, []])

    await it.test.run(startInstance, {})
    await admin.data('qr')
    await events.data('event')
    await it.test.run(restartInstance, {})
    await admin.data('qr', 2)
    await events.data('event', 2)
    expect(looks('command.completed').map(({ data }) => data)).toEqual([
      expect.objectContaining({ via: 'ws', principal: expect.any(String) }),
      expect.objectContaining({ via: 'ws', principal: expect.any(String) }),
    ])
  })
})

describe('/campaigns', () => {
  it('is the progress of campaigns, and their end', async () => {
    await using it = await start()
    await eventually(async () => (await it.test.run(getState, {})).status).toBe('qr')
    await it.test.run(scan, {})
    const recipients = Array.from({ length: 5 }, (_, i) => `+2010012345${i}0`)
    const { campaignId } = await it.test.run(createCampaign, {
      name: 'Welcome',
      template: 'Hello',
      recipients,
      pacing: { gapMs: 0 },
    })
    const client = await it.open('/campaigns', await it.key('campaigns:read'))
    expect(await client.data('progress')).toEqual([
      { campaignId, sent: 0, total: 5, failed: 0, status: 'draft', timestamp: expect.any(Number) },
    ])
    await it.test.run(startCampaign, { campaignId })
    expect(await client.data('completed')).toEqual([
      { campaignId, totalSent: 5, totalFailed: 0, duration: expect.any(Number), timestamp: expect.any(Number) },
    ])
    await eventually(() => client.heard.findLast(({ name }) => name === 'progress')?.data).toMatchObject({
      sent: 5,
      total: 5,
      status: 'completed',
    })
    demandShapes(client, channelsOf(it.test.kernel))

    const later = await it.open('/campaigns', await it.key('campaigns:read'))
    expect(await later.data('progress')).toEqual([
      expect.objectContaining({ campaignId, sent: 5, status: 'completed' }),
    ])
  })

  it('has types for its clients', () => {
    type Heard = ServerEvents<typeof CampaignsChannel>
    expectTypeOf<Parameters<Heard['progress']>[0]>().toMatchObjectType<{
      campaignId: string
      sent: number
      total: number
    }>()
    expectTypeOf<Parameters<Heard['completed']>[0]>().toHaveProperty('totalSent')
    expectTypeOf<Heard>().not.toHaveProperty('other')
  })
})
