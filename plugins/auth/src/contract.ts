import { InstanceId, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

/** `campaigns:read`, a whole area (`campaigns:*`), or everything (`*`). */
export const Permission = z
  .string()
  .regex(/^(\*|[a-z][a-z0-9-]*:(\*|[a-z][a-z0-9-]*))$/, "must be '<area>:<what>', '<area>:*' or '*'")
  .meta({ examples: ['messages:read'] })

/** The accounts that a key reaches. */
export const KeyInstances = z.union([z.literal('all'), z.array(InstanceId).min(1).max(1_000)])

/** An API key without its secret, which is shown once, when the key is made. */
export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  origin: z
    .enum(['created', 'environment', 'local'])
    .describe('Made by somebody, taken from WAQTOR_API_KEY, or kept by the host for its own command line'),
  role: z.enum(['admin', 'scoped']),
  permissions: z.array(Permission),
  instances: KeyInstances,
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  revokedAt: Timestamp.nullable(),
})
export type ApiKey = z.output<typeof ApiKey>

const KeyId = z.string().min(1).max(64)

export const createKey = defineCommand('keys.create', {
  summary: 'Make an API key; its secret is shown once',
  permission: 'keys:write',
  scope: 'host',
  http: { method: 'POST', path: '/keys', status: 201 },
  hints: {
    example: { name: 'newsletter', permissions: ['campaigns:*', 'messages:read'], instances: ['default'] },
  },
  input: z.strictObject({
    name: z.string().trim().min(1).max(100).default('unnamed'),
    permissions: z.array(Permission).min(1).max(100).describe("What the key may do; `['*']` for everything"),
    instances: KeyInstances.default('all'),
    expiresAt: Timestamp.optional().describe('When the key ends; never when absent'),
  }),
  output: ApiKey.extend({ key: z.string().describe('The credential. It is not shown again') }),
})

export const listKeys = defineCommand('keys.list', {
  summary: 'List API keys, revoked ones included',
  permission: 'keys:read',
  scope: 'host',
  http: { method: 'GET', path: '/keys' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject(PageQuery),
  output: page(ApiKey),
})

export const getKey = defineCommand('keys.get', {
  summary: 'Show one API key',
  permission: 'keys:read',
  scope: 'host',
  http: { method: 'GET', path: '/keys/{id}' },
  hints: { readOnly: true, example: { id: '01JDK5YC2N4P6R8T0V1X3Z5B7D' } },
  input: z.strictObject({ id: KeyId }),
  output: ApiKey,
})

export const revokeKey = defineCommand('keys.revoke', {
  summary: 'End an API key, at once and for good',
  permission: 'keys:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/keys/{id}' },
  hints: { destructive: true, example: { id: '01JDK5YC2N4P6R8T0V1X3Z5B7D' } },
  input: z.strictObject({ id: KeyId }),
  output: ApiKey,
})
