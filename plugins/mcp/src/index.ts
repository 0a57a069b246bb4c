import { Authentication, ConfigReloaded, CredentialRevoked, Http, PermissionsChanged } from '@waqtor/contracts'
import { type Call, definePlugin, z } from '@waqtor/kernel'
import { callAnyTool, callTool, listTools } from './contract.ts'
import { Sessions } from './sessions.ts'
import { Toolbox, type ToolCaller } from './toolbox.ts'

export * from './contract.ts'

/**
 * The commands as tools for assistants (Model Context Protocol): over HTTP at `/mcp`, and as `waqtor mcp` for programs that
 * start their servers themselves.
 * @example plugins: [auth(), http(), mcp()]
 */
export default definePlugin({
  name: 'mcp',
  kernel: '^1',
  config: z.strictObject({
    write: z
      .boolean()
      .default(true)
      .describe(
        '`false`: nobody changes anything through MCP, whatever the key. A key needs `mcp:write` for it anyway',
      ),
    resultLimitBytes: z.int().min(1_000).default(256_000).describe('What one tool may answer'),
    sessionIdleMinutes: z.number().positive().default(60).describe('A client that is silent for so long is forgotten'),
  }),
  requires: { http: Http, authentication: Authentication },
  cli: [{ name: 'mcp', summary: 'Serve the tools to an assistant on this machine', load: () => import('./cli.ts') }],
  setup(ctx) {
    const { http, authentication } = ctx.services
    const { write, resultLimitBytes, sessionIdleMinutes } = ctx.config
    const toolbox = new Toolbox({ kernel: ctx.kernel, log: ctx.log, write, resultLimitBytes })
    const sessions = new Sessions({
      toolbox,
      authentication,
      isAllowedOrigin: (request) => http.isAllowedOrigin(request),
      idleMs: sessionIdleMinutes * 60_000,
      load: () => import('./mcp-server.ts'),
    })
    ctx.onClose(() => sessions.close())
    ctx.onClose(http.mount('/mcp', (request) => sessions.answer(request)))
    ctx.tap(ctx.kernel.hooks.close, () => sessions.quiesce())
    ctx.on(CredentialRevoked, ({ principalId, credential }) => sessions.revoke(principalId, credential))
    ctx.on(PermissionsChanged, ({ principalId }) => sessions.tellChange(principalId))
    ctx.on(ConfigReloaded, () => sessions.tellChange())

    ctx.handle(listTools, (input, { principal }) => ({ tools: [...toolbox.list(principal!, input.write)] }))
    ctx.handle(callTool, (input, call) => toolbox.call(input.tool, input.arguments, callerOf(call), false))
    ctx.handle(callAnyTool, (input, call) => toolbox.call(input.tool, input.arguments, callerOf(call)))
  },
})

function callerOf({ id, principal, signal, address }: Call): ToolCaller {
  return { id, principal: principal!, signal, address }
}
