import { PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { FeatureName, Features } from './features.ts'

const UserId = z.string().min(1).max(64).describe('A user, or a key that was made to be gated')
const ExpiresAt = Timestamp.nullable().describe('When it ends; `null`: when an administrator says so')

export const Subscription = z.object({
  status: z
    .enum(['none', 'active', 'inactive', 'expired'])
    .describe('Only an active one opens anything; `none`: nobody has set one'),
  expiresAt: ExpiresAt,
  features: z.union([z.literal('all'), z.array(FeatureName)]).describe('What it opens while it is active'),
})
export type Subscription = z.output<typeof Subscription>

export const UserSubscription = Subscription.extend({
  userId: z.string(),
  updatedAt: Timestamp,
  updatedBy: z.string(),
})
export type UserSubscription = z.output<typeof UserSubscription>

export const getSubscription = defineCommand('access.subscription', {
  summary: "The caller's own subscription",
  permission: 'features:read',
  scope: 'host',
  http: { method: 'GET', path: '/access/subscription' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: Subscription,
})

export const setSubscription = defineCommand('access.setSubscription', {
  summary: "Set somebody's subscription, which opens its features until it ends",
  permission: 'access:write',
  scope: 'host',
  http: { method: 'PUT', path: '/access/subscriptions/{userId}' },
  hints: { example: { userId: 'usr_01JD…', status: 'active', expiresAt: 1_798_761_600_000 } },
  input: z.strictObject({
    userId: UserId,
    status: z.enum(['active', 'inactive']),
    expiresAt: ExpiresAt.default(null),
    features: Features.default('all'),
  }),
  output: UserSubscription,
})

export const listSubscriptions = defineCommand('access.listSubscriptions', {
  summary: 'List the subscriptions of all users',
  permission: 'access:read',
  scope: 'host',
  http: { method: 'GET', path: '/access/subscriptions' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(UserSubscription),
})
