import { defineCommand, z } from '@waqtor/kernel'

export const openApi = defineCommand('system.openapi', {
  summary: 'The whole API as an OpenAPI 3.1 document',
  permission: 'system:read',
  scope: 'host',
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.record(z.string(), z.unknown()),
})
