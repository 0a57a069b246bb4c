import type { HostInfo } from '@waqtor/contracts'
import { WaqtorError, z } from '@waqtor/kernel'
import { isNetwork } from './network.ts'
import { isOrigin, Origins } from './origins.ts'

const networkExpected = "must be an address, a network like '10.1.0.0/16', 'loopback' or 'private'"

/** The options of the server. */
export const config = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; --host and WAQTOR_HOST win'),
  port: z.int().min(0).max(65_535).default(8080).describe('0 takes any free one; --port and WAQTOR_PORT win'),
  allowedHosts: z
    .array(z.string())
    .default([])
    .describe("Names under which the server is reached besides its address, as behind a proxy; `['*']` takes any"),
  origins: z
    .array(z.string().refine(isOrigin, 'must be an origin as browsers write it, like https://dash.example.org'))
    .default([])
    .describe('Pages of other hosts that may ask this one, with cookies; that of DASHBOARD_URL is added'),
  trustedProxies: z
    .array(z.string().refine(isNetwork, networkExpected))
    .default([])
    .describe('Proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed; WAQTOR_TRUSTED_PROXIES wins'),
  bodyLimitBytes: z.int().positive().default(1_000_000),
  rateLimit: z
    .strictObject({ perSecond: z.number().positive().default(1_000), burst: z.int().positive().default(2_000) })
    .prefault({})
    .describe('Requests of one key, or of one address without a key'),
  headersTimeoutMs: z.int().positive().default(10_000),
  requestTimeoutMs: z
    .int()
    .positive()
    .default(30_000)
    .describe('How long a request may take to arrive; uploads may take longer at 1 kB a second or more'),
  idleTimeoutMs: z.int().positive().default(120_000).describe('Connections on which nothing moves are closed'),
  closeTimeoutMs: z.int().positive().default(3_000).describe('How long requests may take to finish at the end'),
})

interface Where {
  readonly host: string
  readonly port: number
}

/** Flags and environment win over the config. */
export function whereTo(options: HostInfo['options'], { host, port }: Where): Where {
  const wanted = config.pick({ host: true, port: true }).safeParse({
    host: options.host ?? host,
    port: Number(options.port ?? port),
  })
  if (wanted.success) return wanted.data
  const message = `cannot listen on host '${options.host ?? host}', port '${options.port ?? port}': give a name or an address, and a number from 0 to 65535`
  throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}

/** The pages of other hosts that may ask us. */
export function originsOf({ dashboardUrl }: HostInfo['options'], listed: readonly string[]): Origins {
  if (dashboardUrl === undefined) return new Origins(listed)
  const origin = URL.parse(String(dashboardUrl))?.origin ?? ''
  if (isOrigin(origin)) return new Origins([...listed, origin])
  const message = `DASHBOARD_URL: '${dashboardUrl}' is no address of a page: write it like https://dash.example.org`
  throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}

/** The proxies to believe. The environment wins over the config. */
export function proxiesOf({ trustedProxies }: HostInfo['options'], listed: readonly string[]): readonly string[] {
  if (trustedProxies === undefined) return listed
  const given = String(trustedProxies)
    .split(',')
    .map((it) => it.trim())
  const wrong = given.find((it) => !isNetwork(it))
  if (wrong === undefined) return given
  const message = `WAQTOR_TRUSTED_PROXIES: '${wrong}' ${networkExpected}; several are separated by commas`
  throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}
