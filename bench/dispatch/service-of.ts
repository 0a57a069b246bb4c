import { definePlugin, type PluginEntry, type ServiceToken, z } from '@waqtor/kernel'

/** A plugin that does nothing but hand a service out, once the kernel has set it up. */
export function serviceOf<T>(token: ServiceToken<T>): { readonly plugin: PluginEntry; readonly service: Promise<T> } {
  const { promise, resolve } = Promise.withResolvers<T>()
  const plugin = definePlugin({
    name: 'spectator',
    config: z.object({}),
    requires: { service: token },
    setup: (ctx) => resolve(ctx.services.service as T),
  })()
  return { plugin, service: promise }
}
