import { setTimeout as delay } from 'node:timers/promises'
import {
  ConfigReloaded,
  Database,
  EventLog,
  HostInfo,
  PluginFailed,
  StorageChanged,
  StorageFailed,
  StorageRecovered,
  withoutSecrets,
} from '@waqtor/contracts'
import { definePlugin, messageOf, PluginFault, z } from '@waqtor/kernel'
import { handleCommands } from './commands.ts'
import { HOST_LOG } from './contract.ts'
import { FaultFilter, recordFault } from './faults.ts'
import { Journal } from './journal.ts'
import { readerMetrics } from './metrics.ts'
import { configNotice, pluginNotice, storageFailedNotice, storageRecoveredNotice } from './notices.ts'
import { hostMigrations, instanceMigrations } from './schema.ts'
import { StorageWatch } from './storage-watch.ts'

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
    storagePatienceMs: z
      .int()
      .nonnegative()
      .default(10_000)
      .describe('How long a database file has to be unusable before that is recorded, and people are told'),
  }),
  requires: { database: Database },
  optional: { host: HostInfo },
  provides: [EventLog],
  events: [PluginFailed, ConfigReloaded, StorageFailed, StorageRecovered],
  contributes: [pluginNotice, configNotice, storageFailedNotice, storageRecoveredNotice, readerMetrics],
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

    const ownFile = () => database.open(HOST_LOG)
    const storage = new StorageWatch({
      patienceMs: ctx.config.storagePatienceMs,
      states: () => database.states(),
      failed: async (it) => (await ownFile()).write((tx) => journal.record(tx, StorageFailed, it)),
      recovered: async (it) => (await ownFile()).write((tx) => journal.record(tx, StorageRecovered, it)),
      log: ctx.log,
    })
    ctx.onClose(() => storage.close())
    ctx.on(StorageChanged, (state) => storage.changed(state))
    for (const it of database.states()) if (it.state !== 'open') storage.changed(it)

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
