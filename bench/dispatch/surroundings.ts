import { HostInfo, Instances } from '@waqtor/contracts'
import { definePlugin, type PluginEntry, z } from '@waqtor/kernel'

/** What the host and the `instances` plugin are to the others. */
export function surroundings(directory: string, account: Instances): PluginEntry {
  return definePlugin({
    name: 'surroundings',
    config: z.object({}),
    provides: [HostInfo, Instances],
    setup(ctx) {
      ctx.provide(HostInfo, { dataDirectory: directory, version: '0', options: {}, isReady: () => true })
      ctx.provide(Instances, account)
    },
  })()
}
