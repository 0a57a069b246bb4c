import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, StorageChanged, storageState } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { createSqliteDatabase, storageMetrics, visibleStates } from '@waqtor/sqlite-engine'

/**
 * Forgets everything when it closes: for trying things out, and for tests. The same engine as `storage-sqlite`, on a
 * private temporary directory and without waiting for the disk, since SQLite's `:memory:` has no second, reading connection.
 * @example plugins: [memory(), …]
 */
export default definePlugin({
  name: 'storage-memory',
  kernel: '^1',
  config: z.strictObject({}),
  provides: [Database],
  events: [StorageChanged],
  contributes: [storageMetrics],
  async setup(ctx) {
    const directory = await mkdtemp(join(tmpdir(), 'waqtor-memory-'))
    ctx.onClose(() => rm(directory, { recursive: true, force: true }))
    const database = createSqliteDatabase({
      directory,
      durable: false,
      log: ctx.log,
      changed: (state) => ctx.emit(StorageChanged, state),
    })
    ctx.onClose(() => database.closeAll())
    ctx.provide(Database, database)
    ctx.handle(storageState, (_, call) => ({ items: visibleStates(database, call) }))
  },
})
