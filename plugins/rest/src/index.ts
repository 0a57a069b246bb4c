import { Authentication, CredentialRevoked, EventLog, HostInfo, Http, PermissionsChanged } from '@waqtor/contracts'
import { definePlugin, KERNEL_VERSION, z } from '@waqtor/kernel'
import { openApi } from './contract.ts'
import { EventStreams } from './event-streams.ts'
import { OpenApi } from './openapi.ts'
import { ownRoutes } from './own-routes.ts'
import { Routes } from './routes.ts'
import { commandHandler, placeOf } from './run-command.ts'

export * from './contract.ts'

const PREFIX = '/api/v2'

/**
 * `/api/v2`, generated from the command registry, with its OpenAPI document and a page to read.
 * @example plugins: [auth(), http(), rest()]
 */
export default definePlugin({
  name: 'rest',
  kernel: '^1',
  config: z.strictObject({
    publicReference: z
      .boolean()
      .default(true)
      .describe('Whether /api/v2/reference is shown to anyone; it tells which commands there are, and no data'),
  }),
  requires: { http: Http, authentication: Authentication },
  optional: { events: EventLog, info: HostInfo },
  cli: [{ name: 'openapi', summary: 'Write the OpenAPI document of the config', load: () => import('./cli.ts') }],
  setup(ctx) {
    const { kernel } = ctx
    const { http, authentication, events, info } = ctx.services
    const streams = events && new EventStreams({ kernel, log: events, authentication })
    const document = new OpenApi({
      kernel,
      version: info?.version ?? KERNEL_VERSION,
      prefix: PREFIX,
      stream: streams !== undefined,
      publicReference: ctx.config.publicReference,
    })
    ctx.handle(openApi, () => ({ ...document.document() }))

    const own = ownRoutes({ kernel, document, streams, publicReference: ctx.config.publicReference })
    const routes = new Routes(kernel, ctx.log, own, (command) => commandHandler(kernel, command, placeOf(command)))
    ctx.onClose(http.mount(PREFIX, (request) => routes.answer(request)))
    if (!streams) return
    ctx.on(CredentialRevoked, ({ principalId, credential }) => streams.revoke(principalId, credential))
    ctx.on(PermissionsChanged, ({ principalId }) => streams.reconsider(principalId))
    // Streams have no end of their own: without this the server would wait for them in vain.
    ctx.tap(kernel.hooks.close, () => streams.close())
    ctx.onClose(() => streams.close())
  },
})
