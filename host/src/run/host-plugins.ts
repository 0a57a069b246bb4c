import { ConfigReloaded, ConsoleNotice, Database, EventLog, HostInfo, Http, Instances } from '@waqtor/contracts'
import { definePlugin, type Envelope, type KernelView, type PluginEntry, PluginFault, z } from '@waqtor/kernel'
import { pairingEvents } from './pairing-screen.ts'

/** What the host does through its own plugins, and what it wants to hear. */
export interface HostPluginsOptions {
  readonly info: HostInfo
  /** Everything is ready, anew after a reload: here the server listens, if there is one. */
  serving?(address: string | undefined): void
  /** A code is there to link an account with. */
  pairing?(event: Envelope): void
  /** A plugin has something for the person at the console. */
  notice?(notice: Notice): void
}

export type Notice = z.output<typeof ConsoleNotice.schema>

/** A fault that came up outside of everything that the kernel watches over. */
export type Fault = z.input<typeof PluginFault.schema>

/** The host as its kernel's plugins: one in front that gives, one behind that looks on. */
export class HostPlugins {
  readonly first: PluginEntry
  readonly last: PluginEntry
  #link: Link | undefined

  constructor({ info, serving, pairing, notice }: HostPluginsOptions) {
    const front = definePlugin({
      name: 'host',
      kernel: '^1',
      config: z.strictObject({}),
      provides: [HostInfo],
      setup: (ctx) => ctx.provide(HostInfo, info),
    })
    const back = definePlugin({
      name: 'host-link',
      kernel: '^1',
      config: z.strictObject({}),
      optional: { http: Http, database: Database, events: EventLog, instances: Instances },
      setup: (ctx) => {
        const { http, database, events } = ctx.services
        this.#link = {
          kernel: ctx.kernel,
          fault: (fault) => ctx.emit(PluginFault, fault),
          record: async (data) => {
            if (!database || !events) return
            const file = await database.open('host')
            await file.write((tx) => events.record(tx, ConfigReloaded, data))
          },
        }
        ctx.onClose(() => {
          this.#link = undefined
        })
        if (notice) ctx.on(ConsoleNotice, notice)
        if (pairing) {
          // The host knows no plugin, so it takes the events by their names from those that are declared.
          for (const id of pairingEvents) {
            const event = ctx.kernel.events.get(id)
            if (event) ctx.on(event, (_, envelope) => pairing(envelope))
          }
        }
        // After every other plugin: by then the server listens.
        const late = { stage: 1_000 }
        ctx.tap(ctx.kernel.hooks.ready, () => serving?.(http?.address), late)
      },
    })
    this.first = front()
    this.last = back()
  }

  /** The entries of a config with the host around them. */
  around(entries: readonly PluginEntry[]): readonly PluginEntry[] {
    return [this.first, ...entries, this.last]
  }

  /** Puts into the event log that a config was taken over or refused. */
  async recordReload(data: z.input<typeof ConfigReloaded.schema>): Promise<void> {
    await this.#link?.record(data)
  }

  /** Tells the bus, and so the event log, of a fault. */
  reportFault(fault: Fault): void {
    this.#link?.fault(fault)
  }
}

interface Link {
  readonly kernel: KernelView
  fault(fault: Fault): void
  record(data: z.input<typeof ConfigReloaded.schema>): Promise<void>
}
