import { Authentication, Database, HostInfo, Http } from '@waqtor/contracts'
import { definePlugin, z } from '@waqtor/kernel'
import { migrations } from './bulk/bulk-keys.ts'
import { CompatibleDoor } from './door.ts'
import { failureOf } from './failure.ts'
import { RouteList } from './route-list.ts'
import { ownRoutes } from './routes.ts'

/** Where existing clients look. */
const PREFIXES = ['/api', '/api/v1'] as const

/**
 * The compatible surface: `/api`, and the same under `/api/v1`, for clients that were written before `/api/v2`.
 * @example plugins: [auth(), http(), rest(), restV1({ instantUpTo: 20 })]
 */
export default definePlugin({
  name: 'rest-v1',
  kernel: '^1',
  config: z.strictObject({
    instantUpTo: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('send-bulk sends to so many at once while the caller waits; longer lists become a campaign'),
    largeBodyBytes: z
      .int()
      .positive()
      .default(25_000_000)
      .describe('The limit of send-media and send-bulk, whose bodies may hold a file in base64 or a long list'),
    uploadBytes: z.int().positive().default(100_000_000).describe('The limit of upload and send-file'),
  }),
  requires: { http: Http, authentication: Authentication, database: Database, host: HostInfo },
  async setup(ctx) {
    const { kernel, log } = ctx
    const { http, database, host } = ctx.services
    const { largeBodyBytes, ...limits } = ctx.config
    await database.migrate('rest-v1', 'host', migrations)
    const routes = new RouteList(kernel, log, ownRoutes({ kernel, database, host, ...limits }))
    const door = new CompatibleDoor({ kernel, routes, largeBodyBytes })
    for (const prefix of PREFIXES)
      ctx.onClose(http.mount(prefix, (request) => door.answer(request), { streamed: true, problem: failureOf }))
  },
})
