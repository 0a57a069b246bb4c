import { Database, HostInfo, Http, Instances } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { handleCommands } from './commands.ts'
import { LoopLag } from './loop-lag.ts'
import type { Collector } from './metrics/collector.ts'
import { readinessOf } from './readiness.ts'
import { metricsRoute, readyRoute } from './routes.ts'
import { Shared } from './shared.ts'

export * from './contract.ts'

/**
 * How the host is: `GET /ready` for whoever sends requests on, `GET /metrics` for Prometheus, commands for people.
 * @example plugins: [auth(), http(), rest(), system()]
 */
export default definePlugin({
  name: 'system',
  kernel: '^1',
  config: z.strictObject({
    metrics: z
      .strictObject({
        timeoutMs: z.int().positive().default(5_000).describe('How long one plugin may take for its numbers'),
        shareMs: z.int().nonnegative().default(1_000).describe('Scrapes within this time share one collection'),
      })
      .prefault({}),
  }),
  requires: { host: HostInfo },
  optional: { http: Http, database: Database, instances: Instances },
  setup(ctx) {
    const { kernel, log, config } = ctx
    const { host, http, database, instances } = ctx.services
    const storage = () => database?.states() ?? []
    const plugins = () => kernel.inspect().plugins
    const lag = new LoopLag()
    ctx.onClose(() => lag.close())

    handleCommands(ctx, { host, instances, lag, plugins, storage })

    if (!http) return
    ctx.onClose(
      http.mount(
        '/ready',
        readyRoute(() => readinessOf(host.isReady(), plugins(), storage())),
      ),
    )
    // Loaded with the first scrape: where nothing scrapes, no start pays for it.
    let collector: Promise<Collector> | undefined
    const load = async () => {
      const { Collector } = await import('./metrics/collector.ts')
      const { version, safeMode } = host
      const { timeoutMs } = config.metrics
      const ids = () => instances?.ids() ?? []
      return new Collector({ kernel, instances: ids, version, safeMode: safeMode !== undefined, log, timeoutMs })
    }
    ctx.onClose(async () => (await collector)?.close())
    const scrape = new Shared(async () => {
      collector ??= load()
      return (await collector).collect()
    }, config.metrics.shareMs)
    ctx.onClose(
      http.mount(
        '/metrics',
        metricsRoute(kernel, () => scrape.get()),
      ),
    )
  },
})
