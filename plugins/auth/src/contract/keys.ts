import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { KeyInstances, Permission } from './shapes.ts'

/** How often the holder of a key may ask. */
export const KeyRateLimit = z.strictObject({
  perSecond: z.number().positive().max(100_000).describe('Requests a second, in the long run'),
  burst: z.int().positive().max(100_000).describe('How many may come at once after a pause'),
})

/** An API key without its secret, which is shown once, when the key is made. */
export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  origin: z
    .enum(['created', 'environment', 'local'])
    .describe('Made by somebody, taken from WAQTOR_API_KEY, or kept by the host for its own command line'),
  role: z
    .enum(['admin', 'scoped', 'gated'])
    .describe('`admin` may do everything everywhere; `gated` needs an access code where a user needs one'),
  permissions: z.array(Permission),
  instances: KeyInstances,
  rateLimit: KeyRateLimit.nullable().describe("The key's own limit; the server's counts when it is `null`"),
  createdAt: Timestamp,
  createdBy: z.string().nullable().describe('The user or key that made it'),
  expiresAt: Timestamp.nullable(),
  revokedAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable().describe('To the minute, after a crash'),
})
export type ApiKey = z.output<typeof ApiKey>

const KeyId = z.string().min(1).max(64)
const example = { id: '01M85S0HY91RVTTV1C0FGHV4G0' }

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
    gated: z.boolean().default(false).describe('Whether features that need an access code stay shut for it, too'),
    rateLimit: KeyRateLimit.optional().describe("A limit of its own in place of the server's"),
    expiresAt: Timestamp.optional().describe('When the key ends; never when absent'),
  }),
  output: ApiKey.extend({ key: z.string().describe('The credential. It is not shown again') }),
})

export const listKeys = defineCommand('keys.list', {
  summary: 'List API keys, revoked ones included',
  permission: 'keys:read',
  scope: 'host',
  http: { method: 'GET', path: '/keys' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(ApiKey),
})

export const getKey = defineCommand('keys.get', {
  summary: 'Show one API key',
  permission: 'keys:read',
  scope: 'host',
  http: { method: 'GET', path: '/keys/{id}' },
  hints: { readOnly: true, example },
  input: z.strictObject({ id: KeyId }),
  output: ApiKey,
})

export const revokeKey = defineCommand('keys.revoke', {
  summary: 'End an API key, at once and for good',
  permission: 'keys:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/keys/{id}' },
  hints: { destructive: true, example },
  input: z.strictObject({ id: KeyId }),
  output: ApiKey,
})
