import type { DatabaseState, HostInfo, Instances } from '@waqtor/contracts'
import { type Inspection, type Principal, reaches, type z } from '@waqtor/kernel'
import type { systemHealth } from './contract.ts'
import type { Lag } from './loop-lag.ts'
import { readinessOf } from './readiness.ts'

export interface HealthFacts {
  readonly host: Pick<HostInfo, 'isReady' | 'safeMode'>
  readonly plugins: Inspection['plugins']
  readonly storage: readonly DatabaseState[]
  readonly instances: Pick<Instances, 'ids' | 'status'> | undefined
  readonly lag: Lag
  readonly memory: NodeJS.MemoryUsage
  readonly uptimeMs: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** How the host is, as far as the viewer reaches. Pure. */
export function healthOf(facts: HealthFacts, viewer: Principal): z.input<typeof systemHealth.output> {
  const { host, plugins, lag, memory, instances } = facts
  const { ready } = readinessOf(host.isReady(), plugins, facts.storage)
  const storage = facts.storage.filter((it) => reaches(viewer, it.name === 'host' ? null : it.name))
  const statuses = (instances?.ids() ?? []).filter((it) => reaches(viewer, it)).map((it) => instances!.status(it))
  const down = plugins.filter((it) => it.state !== 'active').map((it) => it.name)
  return {
    status: ready && !host.safeMode ? 'ok' : 'degraded',
    ready,
    uptimeMs: Math.round(facts.uptimeMs),
    plugins: { active: plugins.length - down.length, down },
    storage: storage.map(({ name, state, since }) => ({ name, state, since })),
    sessions: Object.fromEntries([...Map.groupBy(statuses, (it) => it)].map(([status, all]) => [status, all.length])),
    eventLoop: { p50Ms: lag.p50Ms, p99Ms: lag.p99Ms, maxMs: lag.maxMs },
    memory: {
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      heapTotalBytes: memory.heapTotal,
      externalBytes: memory.external,
    },
    safeMode: host.safeMode ? { why: host.safeMode.why, leftOut: [...host.safeMode.leftOut] } : null,
    timestamp: facts.now,
  }
}
