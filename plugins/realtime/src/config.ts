import type { HostInfo } from '@waqtor/contracts'
import { WaqtorError, z } from '@waqtor/kernel'

const rate = (perSecond: number, burst: number) =>
  z
    .strictObject({ perSecond: z.number().positive().default(perSecond), burst: z.int().positive().default(burst) })
    .prefault({})

/** The options of the live channels. */
export const config = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("A port of their own, 0 for any free one; the server's when absent. WS_PORT wins"),
  pingIntervalMs: z
    .int()
    .min(1)
    .default(15_000)
    .describe('How often a client is asked for a sign of life, and its credential is looked at; WS_PING_INTERVAL wins'),
  pingTimeoutMs: z.int().min(1).default(10_000).describe('How long it has to give one; WS_PING_TIMEOUT wins'),
  maxBufferBytes: z
    .int()
    .min(1_000)
    .default(1_000_000)
    .describe('The largest message, and what may wait for a client that does not read; WS_MAX_BUFFER_SIZE wins'),
  connectionsPerAddress: z.int().positive().default(1_000).describe('Connections that one address may hold'),
  clientsPerPrincipal: z.int().positive().default(1_000).describe('Open channels of one key or user'),
  messages: rate(50, 100).describe('Messages of one client; who sends ten times as many is cut'),
  messagesPerNamespace: rate(2_000, 4_000).describe('Messages of all clients of one channel'),
})
export type Config = z.output<typeof config>

/** The environment wins over the config. */
export function inForce(options: HostInfo['options'], own: Config): Config {
  const { wsPort, wsPingInterval, wsPingTimeout, wsMaxBufferSize } = options
  const parsed = config.safeParse({
    ...own,
    ...(wsPort !== undefined && { port: wsPort }),
    ...(wsPingInterval !== undefined && { pingIntervalMs: wsPingInterval }),
    ...(wsPingTimeout !== undefined && { pingTimeoutMs: wsPingTimeout }),
    ...(wsMaxBufferSize !== undefined && { maxBufferBytes: wsMaxBufferSize }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const message = `WS_PORT, WS_PING_INTERVAL, WS_PING_TIMEOUT or WS_MAX_BUFFER_SIZE is wrong: '${issue!.path.join('.')}': ${issue!.message}`
  throw new WaqtorError('WAQ_CONFIG_INVALID', message, { phase: 'setup' })
}
