import { Database, type Transports } from '@waqtor/contracts'
import type { AnyPluginSpec, PluginContext, PluginEntry } from '@waqtor/kernel'
import type { ArmedPoint } from './crash-point.ts'
import { replacing } from './replacing.ts'
import { tapDatabase } from './tap-database.ts'
import { tapTransport } from './tap-transport.ts'

/** Puts a crash point between a plugin and what it gives to the others. Plugins that have no part in it stay as they are. */
export function withSeams(entry: PluginEntry, point: ArmedPoint): PluginEntry {
  const setup = seams[entry.spec.name]
  if (!setup) return entry
  return { ...entry, spec: { ...entry.spec, setup: (ctx) => entry.spec.setup(setup(ctx, point)) } }
}

type Seam = (ctx: PluginContext, point: ArmedPoint) => Parameters<AnyPluginSpec['setup']>[0]

const seams: Readonly<Record<string, Seam>> = {
  'storage-sqlite': (ctx, point) => ({
    ...ctx,
    provide: (token, service) =>
      token.id === Database.id
        ? ctx.provide(Database, tapDatabase(service as Database, point))
        : ctx.provide(token, service),
  }),
  'transport-simulator': (ctx, point) => {
    const transports = (ctx.services as { transports: Transports }).transports
    const tapped = replacing(transports, {
      add: (provider) =>
        transports.add({ ...provider, create: (setup) => tapTransport(provider.create(setup), point) }),
    })
    return { ...ctx, services: { ...ctx.services, transports: tapped } as typeof ctx.services }
  },
}
