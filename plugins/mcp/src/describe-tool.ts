import { type CommandToken, z } from '@waqtor/kernel'
import type { Tool } from './contract.ts'

/** An argument that tools have which a caller may repeat without doing a thing twice. */
export const IDEMPOTENCY_KEY = 'idempotencyKey'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Describes a command as a tool. */
export function describeTool(name: string, command: CommandToken): Tool {
  const { id, summary, hints = {}, http } = command
  return {
    name,
    title: id,
    description: `${summary}.`,
    inputSchema: inputSchemaOf(command),
    annotations: {
      readOnlyHint: hints.readOnly === true,
      destructiveHint: hints.destructive === true,
      // That a command takes an idempotency key does not make it idempotent: two sends without one are two messages.
      idempotentHint: hints.readOnly === true || http?.method === 'PUT' || http?.method === 'DELETE',
    },
  }
}

function inputSchemaOf({ input, hints = {} }: CommandToken): Tool['inputSchema'] {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const { properties } = schema
  return {
    ...schema,
    // Of several shapes each says so itself; clients want it at the root too.
    type: 'object',
    ...(hints.idempotent && properties && { properties: { ...properties, [IDEMPOTENCY_KEY]: idempotencyKey } }),
    ...(hints.example !== undefined && { examples: [hints.example] }),
  }
}

const idempotencyKey = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  description:
    'Draw one for each thing you want done, and repeat it when you call again because the answer was lost: nothing is done twice',
}
