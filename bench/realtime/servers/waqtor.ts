/** A channel of a plugin: key, gate, rooms, the bus in between. */
import { channelEvent, defineChannel, HostInfo, Http } from '@waqtor/contracts'
import { createKernel, defineEvent, definePlugin, systemPrincipal, z } from '@waqtor/kernel'
import auth from '@waqtor/plugin-auth'
import http from '@waqtor/plugin-http'
import realtime, { realtimeStats } from '@waqtor/plugin-realtime'
import storage from '@waqtor/plugin-storage-sqlite'
import { serveOrders } from '../emitting.ts'
import { key } from '../key.ts'

const schema = z.object({ id: z.string(), n: z.int(), at: z.number(), text: z.string() })
const about = { kind: 'transient', permission: 'bench:read', scope: 'instance', schema } as const
const Plain = defineEvent('bench.plain', about)
const Progress = defineEvent('bench.progress', about)
const channel = defineChannel('/bench', {
  summary: 'Measured',
  permission: 'bench:read',
  scope: 'instance',
  events: [
    channelEvent('plain', Plain, schema, { send: (it) => it }),
    channelEvent('progress', Progress, schema, { send: (it) => it, latestOf: ({ id }) => id }),
  ],
})

let address = ''
let emit: Parameters<typeof serveOrders>[0]['emit'] = () => {}
const host = definePlugin({
  name: 'host',
  config: z.object({}),
  provides: [HostInfo],
  setup(ctx) {
    const options = { host: '127.0.0.1', port: 0, apiKey: key }
    ctx.provide(HostInfo, { dataDirectory: process.argv[2]!, version: '0', options, isReady: () => true })
  },
})
const bench = definePlugin({
  name: 'bench',
  config: z.object({}),
  requires: { http: Http },
  contributes: [channel],
  setup(ctx) {
    emit = (what, n, at, text) =>
      ctx.emit(what === 'plain' ? Plain : Progress, { id: `c${n % 10}`, n, at, text }, 'default')
    ctx.tap(ctx.kernel.hooks.ready, () => {
      address = ctx.services.http.address!
    })
  },
})
const many = { connectionsPerAddress: 100_000, clientsPerPrincipal: 100_000 }
const kernel = createKernel({
  plugins: [
    host(),
    storage(),
    auth(),
    http({ rateLimit: { perSecond: 1_000_000, burst: 1_000_000 } }),
    realtime(many),
    bench(),
  ],
})
serveOrders({
  async open() {
    await kernel.start()
    return `${address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
  },
  emit: (...about) => emit(...about),
  counts: () => kernel.commands.execute(realtimeStats, {}, { principal: systemPrincipal }),
})
