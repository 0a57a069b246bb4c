/** Loads the SDK, which takes its time: import it when somebody comes. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { KERNEL_VERSION } from '@waqtor/kernel'
import type { Tool, ToolResult } from './contract.ts'

export { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
export { WebStandardStreamableHTTPServerTransport as HttpTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
export type { Server }

/** What came along with a message, as the transport was told it. */
export type Extra = Readonly<Record<string, unknown>>

/** The tools, wherever they are. */
export interface Tools {
  list(extra: Extra): Promise<readonly Tool[]>
  call(name: string, args: unknown, signal: AbortSignal, extra: Extra): Promise<ToolResult>
  /** The list may change while a client is connected, and it is told. */
  readonly changing: boolean
}

const instructions =
  'WaQtor sends and receives WhatsApp messages for one or several accounts ("instances", `default` when not named). ' +
  'Lists answer `items` and `nextCursor`; hand the cursor back for the next page. Times are milliseconds since 1970, UTC. ' +
  'A failed tool says its code and what to do. What is sent reaches real people: ask before you send.'

// The SDK makes a validator for each server otherwise, for questions to the client that are never asked here.
const noValidator = {
  getValidator(): never {
    throw new Error('this server asks its clients nothing')
  },
}

/** An MCP server for one client. */
export function createMcpServer(tools: Tools): Server {
  const server = new Server(
    { name: 'waqtor', title: 'WaQtor', version: KERNEL_VERSION },
    { capabilities: { tools: { listChanged: tools.changing } }, instructions, jsonSchemaValidator: noValidator },
  )
  server.setRequestHandler(ListToolsRequestSchema, async (_, { authInfo }) => ({
    tools: [...(await tools.list(authInfo?.extra ?? {}))],
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, authInfo }) =>
    tools.call(params.name, params.arguments ?? {}, signal, authInfo?.extra ?? {}),
  )
  return server
}
