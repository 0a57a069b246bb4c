import { resolve } from 'node:path'
import { Database, HostInfo, Instances, Settings } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { Backups } from './backups.ts'
import { listBackups, makeBackup } from './contract.ts'

export * from './contract.ts'

/**
 * Backups of everything that matters, made while it runs; `waqtor restore` puts one back.
 * @example plugins: [sqlite(), settings(), backup({ keep: 14 }), …]
 */
export default definePlugin({
  name: 'backup',
  kernel: '^1',
  config: z.strictObject({
    directory: z.string().min(1).default('backups').describe('Where they lie; relative to the data directory'),
    keep: z.int().min(1).max(10_000).default(7).describe('How many stay; those that were given a name do not count'),
  }),
  requires: { database: Database, host: HostInfo },
  optional: { instances: Instances, settings: Settings },
  cli: [{ name: 'backup', summary: 'Copy everything that matters, while it runs', load: () => import('./cli.ts') }],
  setup(ctx) {
    const { host, ...sources } = ctx.services
    const { directory, keep } = ctx.config
    const backups = new Backups(sources, {
      directory: resolve(host.dataDirectory, directory),
      keep,
      version: host.version,
      log: ctx.log,
    })
    // Whoever asked may go away: a backup that was begun is finished.
    ctx.handle(makeBackup, ({ name }) => backups.make(name, ctx.signal))
    ctx.handle(listBackups, async ({ verify }) => ({ items: await backups.list({ verify }) }))
  },
})
