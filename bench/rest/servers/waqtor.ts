import { HostInfo, Http } from '@waqtor/contracts'
import { createKernel, defineCommand, definePlugin, z } from '@waqtor/kernel'
import auth from '@waqtor/plugin-auth'
import events from '@waqtor/plugin-events'
import http from '@waqtor/plugin-http'
import rest from '@waqtor/plugin-rest'
import storage from '@waqtor/plugin-storage-sqlite'
import { handle, input, key, output } from '../work.ts'
import { serving } from './serve.ts'

const send = defineCommand('bench.send', {
  summary: 'Answer at once',
  permission: 'bench:write',
  scope: 'instance',
  http: { method: 'POST', path: '/bench/send' },
  input,
  output,
})
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
  setup(ctx) {
    ctx.handle(send, handle)
    ctx.tap(ctx.kernel.hooks.ready, () => serving(ctx.services.http.address!))
  },
})
const rateLimit = { perSecond: 1_000_000, burst: 1_000_000 }
await createKernel({ plugins: [host(), storage(), events(), auth(), http({ rateLimit }), rest(), bench()] }).start()
