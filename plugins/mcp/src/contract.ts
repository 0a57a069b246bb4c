import { defineCommand, z } from '@waqtor/kernel'

/** A command as an MCP tool. */
export const Tool = z.object({
  name: z.string().describe('The id of the command, with `_` in place of what a tool name may not have'),
  title: z.string(),
  description: z.string(),
  inputSchema: z.looseObject({ type: z.literal('object') }).describe('JSON schema of the arguments'),
  annotations: z.object({
    readOnlyHint: z.boolean(),
    destructiveHint: z.boolean(),
    idempotentHint: z.boolean(),
  }),
})
export type Tool = z.output<typeof Tool>

/** What a tool answers. A command that failed answers too, with `isError`: the assistant is to read why and what to do. */
export const ToolResult = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
})
export type ToolResult = z.output<typeof ToolResult>

const call = {
  tool: z.string().min(1).max(128).describe('The name of the tool'),
  arguments: z.record(z.string(), z.unknown()).default({}),
}

export const listTools = defineCommand('mcp.tools', {
  summary: 'List the tools that an assistant gets with this credential',
  permission: 'mcp:read',
  scope: 'host',
  http: { method: 'GET', path: '/mcp/tools' },
  hints: { readOnly: true, example: { write: true } },
  input: z.strictObject({
    write: z.boolean().default(false).describe('Those that change something as well, where the credential allows it'),
  }),
  output: z.object({ tools: z.array(Tool) }),
})

export const callTool = defineCommand('mcp.call', {
  summary: 'Call a tool that only reads',
  permission: 'mcp:read',
  scope: 'host',
  hints: { readOnly: true, example: { tool: 'instances_list', arguments: { limit: 10 } } },
  input: z.strictObject(call),
  output: ToolResult,
})

export const callAnyTool = defineCommand('mcp.callWriting', {
  summary: 'Call any tool, those that change something included',
  permission: 'mcp:write',
  scope: 'host',
  hints: { example: { tool: 'instances_list', arguments: { limit: 10 } } },
  input: z.strictObject(call),
  output: ToolResult,
})
