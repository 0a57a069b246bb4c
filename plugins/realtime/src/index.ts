import {
  Authentication,
  CredentialRevoked,
  channelsOf,
  EventLog,
  HostInfo,
  Http,
  Instances,
  type OpenPort,
  PermissionsChanged,
} from '@waqtor/contracts'
import { definePlugin } from '@waqtor/kernel'
import { Admission } from './admission.ts'
import { Channels } from './channels.ts'
import { config, inForce } from './config.ts'
import { Connections } from './connections.ts'
import { EventsChannel, realtimeStats } from './contract.ts'
import { Hub } from './hub.ts'
import { LazyEngine } from './lazy-engine.ts'
import { metrics } from './metrics.ts'
import { OwnLimits } from './own-limits.ts'
import { Statistics } from './statistics.ts'

export * from './contract.ts'

/** Where clients of socket.io look for it. */
const PREFIX = '/socket.io'

/**
 * Live channels over socket.io: what plugins contribute with `defineChannel`, and `/events` for everything else.
 * @example plugins: [auth(), http(), realtime()]
 */
export default definePlugin({
  name: 'realtime',
  kernel: '^1',
  config,
  requires: { http: Http, authentication: Authentication, info: HostInfo },
  optional: { events: EventLog, instances: Instances },
  contributes: [EventsChannel, metrics],
  setup(ctx) {
    const { kernel, log } = ctx
    const { http, authentication, info, events, instances } = ctx.services
    const own = inForce(info.options, ctx.config)
    const { maxBufferBytes, messages, pingIntervalMs, pingTimeoutMs } = own
    const statistics = new Statistics()
    const dropped = (why: string) => {
      statistics.dropped++
      log.warn('cut a live connection for what its client does', { why })
    }
    const connections = new Connections({ maxBufferBytes, messages, dropped }, own.connectionsPerAddress, (it) =>
      http.addressOf(it),
    )
    const hub = new Hub({
      kernel,
      channels: new Channels(() => channelsOf(kernel)),
      connections,
      admission: new Admission({ kernel, authentication, instances }),
      ownLimits: new OwnLimits((principal) => authentication.limitOf?.(principal)),
      events,
      config: own,
      statistics,
      log,
    })
    const engine = new LazyEngine(async () => {
      const { createEngine } = await import('./engine.ts')
      const made = createEngine({ pingIntervalMs, pingTimeoutMs, maxBufferBytes, connections, dropped })
      hub.serve(made.io)
      return made
    }, log)
    ctx.on(CredentialRevoked, (it) => hub.revoke(it))
    ctx.on(PermissionsChanged, ({ principalId }) => hub.reconsider(principalId))

    let port: OpenPort | undefined
    const isOurs = (wanted: number) => wanted !== 0 && String(wanted) === new URL(http.address ?? 'http://x').port
    ctx.tap(kernel.hooks.ready, async () => {
      if (info.options.serve === false) return
      if (own.port === undefined || isOurs(own.port)) {
        ctx.onClose(http.takeOver(PREFIX, engine))
        return
      }
      port = await http.openPort(own.port, PREFIX, engine)
      log.info('listening for live connections', { address: port.address })
    })
    const close = async () => {
      hub.close()
      await engine.close()
      await port?.close()
      port = undefined
    }
    ctx.tap(kernel.hooks.close, close)
    ctx.onClose(close)

    ctx.handle(realtimeStats, () => ({
      address: port?.address ?? null,
      total: hub.clients.size,
      byNamespace: hub.clients.counts(),
      connections: connections.size,
      subscriptions: hub.door.size,
      ...statistics,
    }))
  },
})
