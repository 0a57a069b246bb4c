import { resolve } from 'node:path'
import { Database, HostInfo, StorageChanged, storageState } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { createSqliteDatabase, storageMetrics, visibleStates } from '@waqtor/sqlite-engine'

/**
 * Keeps everything in SQLite files of the data directory: `host.db`, and `instances/<id>/waqtor.db` for each account.
 * @example plugins: [sqlite(), …]
 */
export default definePlugin({
  name: 'storage-sqlite',
  kernel: '^1',
  config: z.strictObject({
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('Where the files lie, when not in the data directory; relative to it'),
    busyLimitMs: z
      .int()
      .min(0)
      .max(600_000)
      .default(5_000)
      .describe('How long to wait while another program holds a file'),
  }),
  requires: { host: HostInfo },
  provides: [Database],
  events: [StorageChanged],
  contributes: [storageMetrics],
  setup(ctx) {
    const { directory = '.', busyLimitMs } = ctx.config
    const database = createSqliteDatabase({
      directory: resolve(ctx.services.host.dataDirectory, directory),
      busyLimitMs,
      log: ctx.log,
      changed: (state) => ctx.emit(StorageChanged, state),
    })
    ctx.onClose(() => database.closeAll())
    ctx.provide(Database, database)
    ctx.handle(storageState, (_, call) => ({ items: visibleStates(database, call) }))
  },
})
