import { setTimeout as delay } from 'node:timers/promises'
import { ConfigReloaded, Database, EventLog, HostInfo, PluginFailed, withoutSecrets } from '@waqtor/contracts'
import { definePlugin, messageOf, PluginFault, z } from '@waqtor/kernel'
import { handleCommands } from './commands.ts'
import { HOST_LOG } from './contract.ts'
import { FaultFilter, recordFault } from './faults.ts'
import { Journal } from './journal.ts'
import { readerMetrics } from './metrics.ts'
import { configNotice, pluginNotice } from './notices.ts'
import { hostMigrations, instanceMigrations } from './schema.ts'

export * from './contract.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * The durable event log: one in each account's file and one in the host's.
 * @example plugins: [sqlite(), events({ keepDays: 90 })]
 */
export default definePlugin({
  name: 'events',
  kernel: '^1',
  config: z.strictObject({
    keepDays: z
      .number()
      .positive()
      .optional()
      .describe('Events older than this are removed once every reader has taken them; kept for ever when absent'),
  }),
  requires: { database: Database },
  optional: { host: HostInfo },
  provides: [EventLog],
  events: [PluginFailed, ConfigReloaded],
  contributes: [pluginNotice, configNotice, readerMetrics],
  async setup(ctx) {
    const { database, host } = ctx.services
    await database.migrate('events', 'host', hostMigrations)
    await database.migrate('events', 'instance', instanceMigrations)

    const journal = new Journal({
      database,
      bus: ctx.kernel.events,
      logger: ctx.log,
      pause: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
    })
    ctx.onClose(() => journal.close())
    ctx.provide(EventLog, journal)
    ctx.tap(ctx.kernel.hooks.boot, () => journal.open())

    const faults = new FaultFilter()
    ctx.on(PluginFault, async (fault) => {
      const { apiKey } = host?.options ?? {}
      const told = { ...fault, message: withoutSecrets(fault.message, [apiKey?.toString()]) }
      if (faults.admits(told, Date.now())) await recordFault(journal, await database.open(HOST_LOG), told)
    })

    handleCommands(ctx, journal)

    const { keepDays } = ctx.config
    if (keepDays === undefined) return
    const prune = () =>
      journal.prune(Date.now() - keepDays * DAY_MS).catch((error: unknown) => {
        ctx.log.warn('old events could not be removed; the next try is in an hour', { problem: messageOf(error) })
      })
    const timer = setInterval(prune, HOUR_MS).unref()
    ctx.onClose(() => clearInterval(timer))
    ctx.tap(ctx.kernel.hooks.ready, () => {
      void prune()
    })
  },
})
