import { resolve } from 'node:path'
import { HostInfo, Settings } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { createSettings } from './settings.ts'

/**
 * Keeps small documents as JSON files that a person may open in an editor: `settings/<name>.json` in the data directory.
 * @example plugins: [settings(), …]
 */
export default definePlugin({
  name: 'settings',
  kernel: '^1',
  config: z.strictObject({
    directory: z.string().min(1).default('settings').describe('Where the files lie; relative to the data directory'),
  }),
  requires: { host: HostInfo },
  provides: [Settings],
  setup(ctx) {
    const settings = createSettings(resolve(ctx.services.host.dataDirectory, ctx.config.directory))
    ctx.onClose(() => settings.settled())
    ctx.provide(Settings, settings)
  },
})
