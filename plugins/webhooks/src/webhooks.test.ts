import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo, Http } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import auth, { createKey } from '@waqtor/plugin-auth'
import events from '@waqtor/plugin-events'
import http from '@waqtor/plugin-http'
import rest from '@waqtor/plugin-rest'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { Fact, facts, tell } from './fixtures/facts.ts'
import { until } from './fixtures/observing.ts'
import { startReceiver } from './fixtures/receiver.ts'
import { type StartOptions, startWebhooks } from './fixtures/start.ts'
import webhooks from './index.ts'

/** A port that nobody else has at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function overHttp(options: StartOptions = {}, port = 0) {
  const test = await startWebhooks({ ...options, plugins: [auth(), http({ port }), rest()] })
  const { key } = await test.run(createKey, { permissions: ['webhooks:*', 'facts:read'], instances: 'all' })
  const url = `${test.service(Http).address}/api/v2`
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  return { test, ask }
}

describe('over REST', () => {
  it('a webhook is made, seen, tried, changed and deleted', async () => {
    await using receiver = await startReceiver()
    const { test, ask } = await overHttp({ config: { allowPrivate: [receiver.place] } })
    await using _ = test
    const made = await ask('POST', '/webhooks', { url: receiver.url, types: ['test.fact'] })
    expect([made.status, made.body.secret]).toEqual([201, expect.stringMatching(/^whsec_/)])
    const { id } = made.body
    await test.tell(Fact, 'shop', { n: 1 })
    await until(async () => (await ask('GET', `/webhooks/${id}/stats`)).body.delivered === 1)
    const { body: list } = await ask('GET', `/webhooks/${id}/deliveries?state=delivered&limit=1`)
    expect(list).toMatchObject({ items: [{ id: 1, state: 'delivered' }], nextCursor: '1' })
    expect((await ask('GET', `/webhooks/${id}/deliveries?cursor=${list.nextCursor}`)).body).toEqual({
      items: [],
      nextCursor: null,
    })
    expect((await ask('GET', `/webhooks/${id}/deliveries/1`)).body).toMatchObject({ body: receiver.received[0]!.body })
    expect((await ask('POST', `/webhooks/${id}/test`)).body).toMatchObject({ ok: true, statusCode: 200 })
    expect((await ask('PATCH', `/webhooks/${id}`, { enabled: false })).body).toMatchObject({ enabled: false })
    expect((await ask('POST', `/webhooks/${id}/rotate-secret`)).body.secret).toMatch(/^whsec_/)
    expect((await ask('POST', `/webhooks/${id}/replay`, { deliveryId: 1 })).body).toEqual({ count: 1, next: null })
    expect((await ask('GET', `/webhooks/${id}/dead-letters`)).body).toEqual({ items: [], nextCursor: null })
    expect((await ask('GET', '/webhooks/stats')).body).toMatchObject({ webhooks: 1, pending: 1 })
    expect((await ask('GET', '/webhooks/types')).body.items.map((it: { type: string }) => it.type)).toContain(
      'test.fact',
    )
    expect((await ask('DELETE', `/webhooks/${id}`)).status).toBe(204)
    expect((await ask('GET', `/webhooks/${id}`)).body).toMatchObject({ status: 404, code: 'not_found' })
    expect((await ask('GET', '/webhooks')).body).toEqual({ items: [], nextCursor: null })
  })

  it('C5: the own port is refused, even where it is listed', async () => {
    const port = await freePort()
    const { test, ask } = await overHttp({ config: { allowPrivate: [`127.0.0.1:${port}`, `localhost:${port}`] } }, port)
    await using _ = test
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      const answer = await ask('POST', '/webhooks', { url: `http://${host}:${port}/api/v2/keys`, types: ['test.fact'] })
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'url_refused', detail: expect.stringContaining('this very host') },
      })
    }
  })

  it('what is wrong is said', async () => {
    const { test, ask } = await overHttp()
    await using _ = test
    const types = ['test.fact']
    expect((await ask('POST', '/webhooks', { url: 'ftp://example.com', types })).body).toMatchObject({
      code: 'url_invalid',
    })
    expect((await ask('POST', '/webhooks', { url: 'http://10.0.0.5:5678/', types })).body).toMatchObject({
      code: 'url_refused',
      detail: expect.stringContaining("'10.0.0.5:5678' leads into a private or reserved network"),
    })
    expect((await ask('POST', '/webhooks', { url: 'https://93.184.216.34/', types: ['test.secret'] })).status).toBe(403)
    expect(
      (await ask('POST', '/webhooks', { url: 'https://93.184.216.34/', types: ['tset.fact'] })).body.errors,
    ).toEqual([{ path: 'types.0', message: expect.stringContaining("there is no event 'tset.fact'") }])
    expect((await ask('GET', '/webhooks/nonsense')).status).toBe(400)
  })
})

describe('what is kept', () => {
  it('is swept away in its time', async () => {
    await using receiver = await startReceiver()
    await using first = await startWebhooks({ config: { allowPrivate: [receiver.place] } })
    const { id } = await first.make(receiver)
    await first.run(contract.rotateWebhookSecret, { id })
    await first.tell(Fact, 'shop', { n: 1 }, { n: 2 })
    await until(async () => (await first.run(contract.webhookStats, { id })).delivered === 2)
    await first.kernel.close()
    const seen = async (days: number) => {
      const now = () => Date.now() + days * 86_400_000
      const clock = { now, wait: () => new Promise<void>(() => {}) }
      await using test = await startWebhooks({
        directory: first.directory,
        clock,
        config: { keepDays: 2, stopGraceMs: 0 },
      })
      await until(async () => days < 2 || (await test.run(contract.listDeliveries, { id })).items.length === 0)
      const { oldSecretUntil } = await test.run(contract.getWebhook, { id })
      return [(await test.run(contract.listDeliveries, { id })).items.length, oldSecretUntil]
    }
    expect(await seen(0)).toEqual([2, expect.any(Number)])
    expect(await seen(1.5)).toEqual([2, null])
    expect(await seen(2.5)).toEqual([0, null])
  })
})

describe('the end of the plugin', () => {
  it('leaves nothing behind, whatever is under way', async () => {
    await using hanging = await startReceiver(() => {})
    await using receiver = await startReceiver()
    const dataDirectory = await mkdtemp(join(tmpdir(), 'waqtor-webhooks-'))
    const host = definePlugin({
      name: 'host',
      config: z.object({}),
      provides: [HostInfo],
      setup: (ctx) => ctx.provide(HostInfo, { dataDirectory, version: '1.0.0', options: {}, isReady: () => true }),
    })
    const plugin = webhooks({ allowPrivate: [hanging.place, receiver.place], stopGraceMs: 20 })
    const entries = [host(), memory(), events(), facts(), plugin]
    await using test = await testKernel({ plugins: entries })
    await test.run(contract.createWebhook, { url: hanging.url, types: ['test.fact'] })
    const { id } = await test.run(contract.createWebhook, { url: receiver.url, types: ['test.fact'] })
    const look = async () => {
      await test.kernel.reload(entries)
      const before = receiver.received.length
      await test.run(tell, { type: Fact.id, instance: 'shop', data: [{ n: 1 }, { n: 2 }] })
      await until(() => receiver.received.length >= before + 2 && hanging.received.length > 0)
      await test.run(contract.testWebhook, { id })
      await test.kernel.reload(entries.filter((it) => it !== plugin))
      // The receivers' ends of the connections live in this very process.
      await until(() => receiver.connections + hanging.connections === 0)
    }
    for (let i = 0; i < 3; i++) await look()
    const before = snapshot(test.kernel)
    for (let i = 0; i < 5; i++) {
      await look()
      // A clock that the HTTP client keeps for all its connections runs out by itself, within a second.
      expect(await leftBehind(before, () => snapshot(test.kernel))).toEqual([])
    }
    await rm(dataDirectory, { recursive: true })
  })
})
