import { Authentication, HostInfo, Http } from '@waqtor/contracts'
import { definePlugin } from '@waqtor/kernel'
import { hostCheck, isLoopback } from './allowed-hosts.ts'
import { BodyStreams } from './body-stream.ts'
import { clientsOf } from './client.ts'
import { config, originsOf, proxiesOf, whereTo } from './config.ts'
import { httpMetrics, httpStats } from './contract.ts'
import { Door, type DoorOptions } from './door.ts'
import { healthOf } from './health.ts'
import { Mounts } from './mounts.ts'
import { RateLimit } from './rate-limit.ts'
import { refuse } from './refuse.ts'
import { RequestCounts } from './request-counts.ts'
import { DoorServer } from './server.ts'

export * from './contract.ts'

/**
 * The HTTP server and what every request passes.
 * @example plugins: [auth(), http({ port: 8080, allowedHosts: ['waqtor.example.org'] }), rest()]
 */
export default definePlugin({
  name: 'http',
  kernel: '^1',
  config,
  requires: { info: HostInfo },
  optional: { authentication: Authentication },
  provides: [Http],
  contributes: [httpMetrics],
  async setup(ctx) {
    const { info, authentication } = ctx.services
    const { bodyLimitBytes, requestTimeoutMs } = ctx.config
    const { host, port } = whereTo(info.options, ctx.config)
    const mounts = new Mounts()
    const bodyStreams = new BodyStreams(requestTimeoutMs)
    let address: string | undefined
    let closing = false
    const counts = new RequestCounts(Date.now())
    ctx.handle(httpStats, () => counts.view)

    const clientOf = await clientsOf(proxiesOf(info.options, ctx.config.trustedProxies), ctx.log)
    const origins = originsOf(info.options, ctx.config.origins)
    const options: DoorOptions = {
      mounts,
      health: () => healthOf(info, authentication),
      authentication,
      rateLimit: new RateLimit(ctx.config.rateLimit),
      isOurHost: hostCheck(host, ctx.config.allowedHosts),
      origins,
      clientOf,
      bodyLimitBytes,
      bodyStreams,
      counts,
      log: ctx.log,
      closing: () => closing,
    }
    const server = new DoorServer(new Door(options), bodyStreams, ctx.config)
    ctx.provide(Http, {
      mount: (prefix, handler, options) => mounts.add(prefix, handler, options),
      takeOver: (prefix, handler) => mounts.takeOver(prefix, handler),
      async openPort(port, prefix, handler) {
        const own = new Mounts()
        own.takeOver(prefix, handler)
        const another = new DoorServer(new Door({ ...options, mounts: own }), bodyStreams, ctx.config)
        return { address: await another.listen(host, port, 'WS_PORT'), close: () => another.stop() }
      },
      isAllowedOrigin: (request) => origins.isAllowed(request),
      addressOf: (incoming) => clientOf(incoming).address,
      get address() {
        return address
      },
    })
    ctx.tap(ctx.kernel.hooks.ready, async () => {
      if (info.options.serve === false) return
      if (!isLoopback(host) && !(await authentication?.hasKeys({ made: true }))) {
        const message = `refuses to listen on ${host}, where others can connect, before there is a key: set WAQTOR_API_KEY, or run \`waqtor keys create\`; or listen on 127.0.0.1`
        throw refuse('WAQ_LISTEN_REFUSED', message, { plugin: ctx.name, phase: 'ready' })
      }
      address = await server.listen(host, port)
      ctx.log.info('listening', { address })
    })
    ctx.tap(ctx.kernel.hooks.close, async () => {
      closing = true
      await server.stop()
      address = undefined
    })
  },
})
