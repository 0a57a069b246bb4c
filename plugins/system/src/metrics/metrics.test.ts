import { defineMetrics } from '@waqtor/contracts'
import { defineCommand, definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { startSystem } from '../fixtures/start-system.ts'

const common = { summary: 's', permission: 'shop:read' } as const
const perAccount = defineCommand('shop.stats', {
  ...common,
  scope: 'instance',
  input: z.strictObject({ instance: z.string() }),
  output: z.object({ orders: z.number(), instance: z.string() }),
})
const once = defineCommand('shop.total', {
  ...common,
  scope: 'host',
  input: z.strictObject({ of: z.string() }),
  output: z.object({ total: z.number() }),
})

const metrics = [
  defineMetrics(perAccount, {}, [
    {
      name: 'shop_orders_total',
      type: 'counter',
      help: 'Orders\nof an "account"',
      read: (it) => [{ value: it.orders, labels: { kind: 'a "quoted" \\ one\n' } }],
    },
  ]),
  defineMetrics(once, { of: 'goods' }, [
    { name: 'shop_goods', type: 'gauge', help: 'Goods', read: (it) => [{ value: it.total }] },
    { name: 'shop_nothing', type: 'gauge', help: 'No sample at all', read: () => [] },
  ]),
]

interface Behaviour {
  calls: unknown[]
  stats?: (instance: string) => number | Promise<number>
  total?: () => number
}

const shop = (behaviour: Behaviour, contributes: readonly (typeof metrics)[number][] = metrics) =>
  definePlugin({
    name: 'shop',
    config: z.object({}),
    contributes,
    setup(ctx) {
      ctx.handle(perAccount, async ({ instance }) => {
        behaviour.calls.push(instance)
        return { orders: (await behaviour.stats?.(instance)) ?? 2, instance }
      })
      ctx.handle(once, ({ of }, call) => {
        behaviour.calls.push(`${of} for ${call.principal?.id}`)
        return { total: behaviour.total?.() ?? 7 }
      })
    },
  })()

describe('the metrics', () => {
  it('are what the plugins contribute, for each account, besides the numbers of the process', async () => {
    const behaviour: Behaviour = { calls: [] }
    const instances = Array.from({ length: 12 }, (_, i) => `shop-${i}`)
    await using it = await startSystem({ plugins: [shop(behaviour)], instances })
    const { types, samples, value } = await it.scrape()
    expect([...behaviour.calls].sort()).toEqual(['goods for system', ...instances].sort())
    const orders = samples.filter((sample) => sample.name === 'shop_orders_total')
    expect(orders).toHaveLength(12)
    expect(orders[0]).toEqual({
      name: 'shop_orders_total',
      labels: { instance: expect.stringMatching(/^shop-/), kind: 'a "quoted" \\ one\n' },
      value: 2,
    })
    expect([types.get('shop_orders_total'), types.get('shop_goods')]).toEqual(['counter', 'gauge'])
    expect(samples.filter((sample) => sample.name === 'shop_nothing')).toEqual([])
    expect(value('shop_goods')).toBe(7)
    expect(value('waqtor_build_info', { version: '1.2.3' })).toBe(1)
    expect(value('waqtor_safe_mode')).toBe(0)
    expect(value('waqtor_plugins', { state: 'active' })).toBe(it.test.kernel.inspect().plugins.length)
    expect(value('waqtor_metrics_collection_seconds')).toBeGreaterThan(0)
    expect(value('waqtor_storage_ok', { file: 'host' })).toBe(1)
    expect(value('waqtor_http_requests_under_way')).toBe(1)
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_heap_size_used_bytes',
      'nodejs_version_info',
    ])
      expect(value(name), name).toBeGreaterThan(0)
    for (const name of ['p50', 'p90', 'p99', 'min', 'mean', 'max'])
      expect(value(`nodejs_eventloop_lag_${name}_seconds`), name).toBeGreaterThanOrEqual(0)
    expect(types.get('nodejs_gc_duration_seconds')).toBe('histogram')
  })

  it('leave out what cannot be had, and count it; the log says so once', async () => {
    const behaviour: Behaviour = { calls: [] }
    await using it = await startSystem({
      plugins: [shop(behaviour)],
      instances: ['good', 'bad'],
      config: { metrics: { shareMs: 0 } },
    })
    behaviour.stats = (instance) => {
      if (instance === 'bad') throw new Error('the disk is full')
      return 5
    }
    behaviour.total = () => 'not a number' as never
    for (const times of [1, 2]) {
      const { samples, value } = await it.scrape()
      expect(samples.filter((sample) => sample.name === 'shop_orders_total')).toMatchObject([
        { labels: { instance: 'good' }, value: 5 },
      ])
      expect(value('shop_goods')).toBeUndefined()
      expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
      expect(value('waqtor_metrics_failures_total', { source: 'shop.stats' })).toBe(times)
      expect(value('waqtor_metrics_failures_total', { source: 'shop.total' })).toBe(times)
    }
    const warned = () => it.test.lines.filter((line) => line.message === 'numbers are left out of the metrics')
    expect(warned()).toHaveLength(2)
    expect(warned()).toContainEqual(
      expect.objectContaining({
        data: expect.objectContaining({
          source: 'shop.stats',
          instance: 'bad',
          problem: expect.stringContaining('full'),
        }),
      }),
    )
    behaviour.stats = () => 1
    await it.scrape()
    behaviour.stats = () => {
      throw new Error('the disk is full')
    }
    await it.scrape()
    expect(warned()).toHaveLength(4)
  })

  it('wait for no plugin that hangs', async () => {
    const behaviour: Behaviour = { calls: [], stats: () => new Promise<never>(() => {}) }
    await using it = await startSystem({
      plugins: [shop(behaviour)],
      instances: ['one'],
      // Long enough for the others, however busy the machine is.
      config: { metrics: { timeoutMs: 300 } },
    })
    const { value } = await it.scrape()
    expect(value('shop_orders_total')).toBeUndefined()
    expect(value('shop_goods')).toBe(7)
    expect(value('waqtor_metrics_failures_total', { source: 'shop.stats' })).toBe(1)
  })

  it('of two plugins under one name that do not mean the same are not mixed', async () => {
    const other = defineMetrics(once, { of: 'other' }, [
      { name: 'shop_goods', type: 'counter', help: 'Something else', read: () => [{ value: 1 }] },
    ])
    const falling = defineMetrics(once, { of: 'falling' }, [
      { name: 'shop_falls_total', type: 'counter', help: 'h', read: () => [{ value: -1 }] },
      { name: 'shop bad', type: 'gauge', help: 'h', read: () => [{ value: 1 }] },
    ])
    await using it = await startSystem({
      plugins: [shop({ calls: [] }, [...metrics, other, falling])],
      config: { metrics: { shareMs: 0 } },
    })
    const { types, value } = await it.scrape()
    expect(types.get('shop_goods')).toBe('gauge')
    expect(value('shop_goods')).toBe(7)
    expect(types.has('shop_falls_total')).toBe(false)
    // The counter stands in the text of the next scrape: what could not be written is known only when it was tried.
    const after = await it.scrape()
    for (const source of ['shop.total', 'shop_falls_total', 'shop bad'])
      expect(after.value('waqtor_metrics_failures_total', { source }), source).toBeGreaterThanOrEqual(1)
  })

  it('are collected once for all who scrape within a second', async () => {
    const behaviour: Behaviour = { calls: [] }
    await using it = await startSystem({ plugins: [shop(behaviour)], config: { metrics: { shareMs: 3_600_000 } } })
    await Promise.all([it.scrape(), it.scrape(), it.scrape()])
    await it.scrape()
    expect(behaviour.calls).toEqual(['goods for system'])
  })
})

describe('GET /metrics', () => {
  it('needs a key with system:read that reaches every account', async () => {
    await using it = await startSystem({ instances: ['shop'] })
    const status = async (key?: string) => (await it.get('/metrics', key)).status
    expect(await status()).toBe(401)
    expect(await status('waq_wrong')).toBe(401)
    expect(await status(await it.key(['keys:*']))).toBe(403)
    const narrow = await it.get('/metrics', await it.key(['system:read'], ['shop']))
    expect([narrow.status, ((await narrow.json()) as { detail: string }).detail]).toEqual([
      403,
      'the metrics tell of every account: they need a key that reaches all of them',
    ])
    const key = await it.key(['system:read'])
    const answer = await it.get('/metrics', key)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const bearer = await fetch(`${it.url}/metrics`, { headers: { Authorization: `Bearer ${key}` } })
    expect(bearer.status).toBe(200)
  })

  it('is one page, to be read', async () => {
    await using it = await startSystem()
    const key = await it.key(['*'])
    expect((await it.get('/metrics/more', key)).status).toBe(404)
    const post = await it.get('/metrics', key, { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await it.get('/metrics', key, { method: 'HEAD' })).status).toBe(200)
  })
})
