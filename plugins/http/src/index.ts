import { Authentication, HostInfo, Http } from '@waqtor/contracts'
import { definePlugin, WaqtorError, z } from '@waqtor/kernel'
import { hostCheck, isLoopback } from './allowed-hosts.ts'
import { Door } from './door.ts'
import { healthOf } from './health.ts'
import { Mounts } from './mounts.ts'
import { RateLimit } from './rate-limit.ts'
import { refuse } from './refuse.ts'
import { createHttpServer, listen, stop } from './server.ts'

const config = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; --host and WAQTOR_HOST win'),
  port: z.int().min(0).max(65_535).default(8080).describe('0 takes any free one; --port and WAQTOR_PORT win'),
  allowedHosts: z
    .array(z.string())
    .default([])
    .describe("Names under which the server is reached besides its address, as behind a proxy; `['*']` takes any"),
  bodyLimitBytes: z.int().positive().default(1_000_000),
  rateLimit: z
    .strictObject({ perSecond: z.number().positive().default(1_000), burst: z.int().positive().default(2_000) })
    .prefault({})
    .describe('Requests of one key, or of one address without a key'),
  headersTimeoutMs: z.int().positive().default(10_000),
  requestTimeoutMs: z.int().positive().default(30_000).describe('How long a request may take to arrive'),
  idleTimeoutMs: z.int().positive().default(120_000).describe('Connections on which nothing moves are closed'),
  closeTimeoutMs: z.int().positive().default(5_000).describe('How long requests may take to finish at the end'),
})

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
  setup(ctx) {
    const { info, authentication } = ctx.services
    const { bodyLimitBytes, closeTimeoutMs } = ctx.config
    const { host, port } = whereTo(info.options, ctx.config)
    const mounts = new Mounts()
    let address: string | undefined
    let closing = false

    const door = new Door({
      mounts,
      health: () => healthOf(info, authentication),
      authentication,
      rateLimit: new RateLimit(ctx.config.rateLimit),
      isOurHost: hostCheck(host, ctx.config.allowedHosts),
      bodyLimitBytes,
      log: ctx.log,
      closing: () => closing,
    })
    const server = createHttpServer(door, ctx.config)
    ctx.provide(Http, {
      mount: (prefix, handler) => mounts.add(prefix, handler),
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
      address = await listen(server, host, port)
      ctx.log.info('listening', { address })
    })
    ctx.tap(ctx.kernel.hooks.close, async () => {
      closing = true
      await stop(server, closeTimeoutMs)
      address = undefined
    })
  },
})

/** Flags and environment win over the config. */
function whereTo(options: HostInfo['options'], { host, port }: { host: string; port: number }) {
  const wanted = config.pick({ host: true, port: true }).safeParse({
    host: options.host ?? host,
    port: Number(options.port ?? port),
  })
  if (wanted.success) return wanted.data
  const message = `cannot listen on host '${options.host ?? host}', port '${options.port ?? port}': give a name or an address, and a number from 0 to 65535`
  throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}
