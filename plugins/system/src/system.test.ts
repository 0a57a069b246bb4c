import { get } from 'node:http'
import { Database, HostInfo } from '@waqtor/contracts'
import { fake, leftBehind, snapshot, testKernel } from '@waqtor/kernel/testing'
import { describe, expect, it } from 'vitest'
import { systemHealth, systemPlugins, systemVersion } from './contract.ts'
import { startSystem } from './fixtures/start-system.ts'
import system from './index.ts'
import { LoopLag } from './loop-lag.ts'

describe('GET /ready', () => {
  it('is open to anyone, and tells which part is not well without naming it', async () => {
    await using it = await startSystem()
    const ready = await it.get('/ready')
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, plugins: 'ok', storage: 'ok' }])

    it.host.ready = false
    const starting = await it.get('/ready')
    expect([starting.status, starting.headers.get('retry-after'), await starting.json()]).toEqual([
      503,
      '1',
      { ready: false, plugins: 'starting', storage: 'ok' },
    ])
    it.host.ready = true
    const database = it.test.service(Database)
    database.states = () => [{ name: 'shop', state: 'full', message: '/var/secret', since: 1 }]
    const full = await it.get('/ready')
    expect([full.status, await full.json()]).toEqual([503, { ready: false, plugins: 'ok', storage: 'full' }])
    expect((await it.get('/health')).status).toBe(200)
    expect((await it.get('/ready/more')).status).toBe(404)
    expect((await it.get('/ready', undefined, { method: 'DELETE' })).status).toBe(405)
  })
})

describe('over REST', () => {
  it('administrators see how the host is, and everybody which version it is', async () => {
    await using it = await startSystem({ instances: ['shop', 'depot'] })
    const [all, some] = [await it.key(['system:read']), await it.key(['status:read'])]
    const json = async (path: string, key: string) => {
      const answer = await it.get(`/api/v2/system/${path}`, key)
      return { status: answer.status, body: (await answer.json()) as Record<string, { [key: string]: unknown }[]> }
    }
    expect(await json('version', some)).toEqual({
      status: 200,
      body: {
        version: '1.2.3',
        kernel: expect.stringMatching(/^\d+\.\d+\.\d+/),
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
      },
    })
    expect(await json('health', all)).toMatchObject({
      status: 200,
      body: { status: 'ok', ready: true, plugins: { down: [] }, sessions: { ready: 2 }, safeMode: null },
    })
    expect((await json('health', all)).body.storage).toContainEqual(
      expect.objectContaining({ name: 'host', state: 'open' }),
    )
    expect((await json('plugins', all)).body.items).toContainEqual(
      expect.objectContaining({
        name: 'http',
        state: 'active',
        provides: ['http'],
        needs: expect.arrayContaining(['auth', 'test-fakes']),
      }),
    )
    for (const path of ['health', 'plugins']) expect((await json(path, some)).status).toBe(403)
    expect(systemHealth.permission).toBe(systemPlugins.permission)
  })

  it('the plugins come in pages, in the order of their start', async () => {
    await using it = await startSystem()
    const names = it.test.kernel.inspect().plugins.map((plugin) => plugin.name)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await it.test.run(systemPlugins, { limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map((plugin) => plugin.name))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toEqual(names)
    await expect(it.test.run(systemPlugins, { cursor: 'x' })).rejects.toMatchObject({ code: 'WAQ_CURSOR_INVALID' })
  })
})

it('the event loop is watched: a stretch that was blocked shows, and the next one begins anew', async () => {
  const lag = new LoopLag()
  const turn = () => new Promise((resolve) => setTimeout(resolve, 30))
  await turn()
  const until = performance.now() + 100
  while (performance.now() < until);
  await turn()
  expect(lag.read().maxMs).toBeGreaterThan(40)
  expect(lag.read()).toEqual({ minMs: 0, meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 })
  lag.close()
})

it('F6: nothing is left behind', async () => {
  await using it = await startSystem()
  const entries: Parameters<typeof it.test.kernel.reload>[0][number][] = []
  await it.test.reload((entry) => {
    entries.push(entry)
    return entry
  })
  const without = entries.filter((entry) => entry.spec.name !== 'system')
  const key = await it.key(['*'])
  await it.test.kernel.reload(without)
  expect(await statusOf(`${it.url}/ready`, key)).toBe(404)
  const before = snapshot(it.test.kernel)
  for (let i = 0; i < 5; i++) {
    await it.test.kernel.reload(entries)
    expect(await statusOf(`${it.url}/ready`, key)).toBe(200)
    expect(await statusOf(`${it.url}/metrics`, key)).toBe(200)
    expect((await it.test.run(systemVersion, {})).version).toBe('1.2.3')
    await it.test.kernel.reload(without)
  }
  expect(await statusOf(`${it.url}/metrics`, key)).toBe(404)
  expect(await leftBehind(before, () => snapshot(it.test.kernel))).toEqual([])
})

/** On a connection of its own: what `fetch` keeps would be taken for something left behind. */
function statusOf(url: string, key: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { 'X-API-Key': key } }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode))
    })
    request.once('error', reject)
  })
}

it('without a server there are the commands alone', async () => {
  const info = { version: '1.0.0', isReady: () => true }
  await using test = await testKernel({ plugins: [system()], fakes: [fake(HostInfo, info)] })
  expect(await test.run(systemHealth, {})).toMatchObject({ status: 'ok', storage: [], sessions: {} })
})
