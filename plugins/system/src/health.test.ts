import type { Principal } from '@waqtor/kernel'
import { expect, test } from 'vitest'
import { type HealthFacts, healthOf } from './health.ts'

const admin: Principal = { id: 'admin', role: 'admin', permissions: new Set(['*']), instances: 'all' }
const facts: HealthFacts = {
  host: { isReady: () => true },
  plugins: [{ name: 'http', state: 'active', setupMs: 1, effects: 1, needs: [], provides: [] }],
  storage: [
    { name: 'host', state: 'open', since: 1 },
    { name: 'shop', state: 'full', since: 2, message: '/secret' },
  ],
  instances: { ids: () => ['shop', 'depot', 'yard'], status: (id) => (id === 'yard' ? 'qr' : 'ready') },
  lag: { minMs: 0, meanMs: 0, p50Ms: 0.5, p90Ms: 1, p99Ms: 2, maxMs: 3 },
  memory: { rss: 5, heapUsed: 3, heapTotal: 4, external: 1, arrayBuffers: 0 },
  uptimeMs: 12.7,
  now: 99,
}

test('everything at a glance', () => {
  expect(healthOf(facts, admin)).toEqual({
    status: 'degraded',
    ready: false,
    uptimeMs: 13,
    plugins: { active: 1, down: [] },
    storage: [
      { name: 'host', state: 'open', since: 1 },
      { name: 'shop', state: 'full', since: 2 },
    ],
    sessions: { ready: 2, qr: 1 },
    eventLoop: { p50Ms: 0.5, p99Ms: 2, maxMs: 3 },
    memory: { rssBytes: 5, heapUsedBytes: 3, heapTotalBytes: 4, externalBytes: 1 },
    safeMode: null,
    timestamp: 99,
  })
})

test('D9: accounts that the viewer does not reach are not told of', () => {
  const viewer: Principal = { ...admin, instances: new Set(['depot']) }
  expect(healthOf(facts, viewer)).toMatchObject({ storage: [{ name: 'host' }], sessions: { ready: 1 } })
})

test('F8: safe mode is degraded, and says why', () => {
  const safeMode = { why: 'asked for with --safe-mode', leftOut: ['theirs'] }
  const well = { ...facts, storage: [], instances: undefined }
  expect(healthOf({ ...well, host: { isReady: () => true, safeMode } }, admin)).toMatchObject({
    status: 'degraded',
    ready: true,
    sessions: {},
    safeMode,
  })
  expect(healthOf(well, admin)).toMatchObject({ status: 'ok', safeMode: null })
})

test('a plugin that is down is named', () => {
  const down = [...facts.plugins, { ...facts.plugins[0]!, name: 'webhooks', state: 'pending' as const }]
  expect(healthOf({ ...facts, plugins: down }, admin)).toMatchObject({ plugins: { active: 1, down: ['webhooks'] } })
})
