import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, EventLog, HostInfo, type InstanceObserver, Instances, Transports } from '@waqtor/contracts'
import { definePlugin, type PluginEntry, type Principal, type Resolved, z } from '@waqtor/kernel'
import { type TestKernel, testKernel } from '@waqtor/kernel/testing'
import events from '@waqtor/plugin-events'
import memory from '@waqtor/plugin-storage-memory'
import instances, { getState } from '../index.ts'
import { ScriptedProvider } from './scripted-transport.ts'

const needs = { database: Database, events: EventLog, accounts: Instances, transports: Transports }

/** A new value makes the plugin one that was changed, so that a reload restarts it. */
const Marked = z.object({ mark: z.string().default('') })

interface Assembly {
  readonly config?: Parameters<typeof instances>[0]
  readonly plugins?: readonly PluginEntry[]
  /** Of the transport plugin. */
  readonly mark?: string
  readonly without?: string
}

export interface InstancesKernelOptions extends Assembly {
  readonly provider?: ScriptedProvider
}

export interface InstancesKernel extends AsyncDisposable {
  readonly test: TestKernel
  readonly run: TestKernel['run']
  readonly provider: ScriptedProvider
  readonly directory: string
  /** As they are after the last reload. */
  readonly services: Resolved<typeof needs>
  /** Takes over another assembly, as when the config file was edited. Answers what was restarted. */
  reload(change: Assembly): Promise<readonly string[]>
}

/** A plugin that follows the instances. */
export function follower(observer: InstanceObserver) {
  return definePlugin({
    name: 'follower',
    config: Marked,
    requires: { instances: Instances },
    setup: (ctx) => ctx.onClose(ctx.services.instances.observe(observer)),
  })
}

/** A host with a real storage, log and instances, and a transport that the test plays. */
export async function instancesKernel(options: InstancesKernelOptions = {}): Promise<InstancesKernel> {
  const { provider = new ScriptedProvider(), ...first } = options
  const directory = await mkdtemp(join(tmpdir(), 'waqtor-instances-'))
  let services: Resolved<typeof needs> | undefined

  const host = definePlugin({
    name: 'host',
    config: z.object({}),
    provides: [HostInfo],
    setup: (ctx) => ctx.provide(HostInfo, { dataDirectory: directory, version: '0', options: {}, isReady: () => true }),
  })
  const transport = definePlugin({
    name: 'transport',
    config: Marked,
    requires: { transports: Transports },
    setup: (ctx) => ctx.onClose(ctx.services.transports.add(provider)),
  })
  const probe = definePlugin({
    name: 'probe',
    config: z.object({}),
    requires: needs,
    setup(ctx) {
      services = ctx.services
    },
  })
  const fixed = [host(), memory(), events(), probe()]
  const assemble = ({ config = {}, plugins = [], mark = '', without }: Assembly) =>
    [...fixed, instances(config), transport({ mark }), ...plugins].filter((it) => it.spec.name !== without)

  const test = await testKernel({ plugins: assemble(first) })
  return {
    test,
    run: test.run,
    provider,
    directory,
    get services() {
      return services!
    },
    reload: (change) => test.kernel.reload(assemble({ ...first, ...change })),
    async [Symbol.asyncDispose]() {
      await test.kernel.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A caller with these permissions, on these accounts. */
export const key = (permissions: string[], reach: Principal['instances'] = 'all'): Principal => ({
  id: 'key',
  role: 'key',
  permissions: new Set(permissions),
  instances: reach,
})

/** Resolves when the account shows the status. It listens before it looks, so that nothing happens in between. */
export async function status({ test, run }: InstancesKernel, wanted: string, instance = 'default'): Promise<void> {
  const shown = Promise.withResolvers<void>()
  const undo = test.kernel.events.onAny((_, { type, data, instance: of }) => {
    if (type === 'session.status' && of === instance && (data as { status: string }).status === wanted) shown.resolve()
  })
  if ((await run(getState, { instance })).status !== wanted) await shown.promise
  undo()
}
