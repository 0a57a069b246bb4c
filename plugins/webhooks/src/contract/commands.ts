import { Cursor, LogField, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import {
  Concurrency,
  Delivery,
  DeliveryId,
  DeliveryState,
  Webhook,
  WebhookHeaders,
  WebhookId,
  WebhookInstances,
  WebhookTypes,
  WebhookUrl,
  WebhookWithSecret,
} from './shapes.ts'

const id = { id: WebhookId }
const one = z.strictObject(id)
const example = { id: 'whk_01M8XK3V5T0Q2R4S6T8V0W2Y4Z' }
const Count = z.object({ count: z.int().describe('How many deliveries') })

export const createWebhook = defineCommand('webhooks.create', {
  summary: 'Deliver events to a URL; the secret for checking signatures is shown once',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks', status: 201 },
  hints: {
    example: {
      url: 'https://example.com/hooks/waqtor',
      types: ['message.received', 'campaign.completed'],
      instances: ['default'],
      description: 'Orders desk',
    },
  },
  input: z.strictObject({
    url: WebhookUrl,
    types: WebhookTypes,
    instances: WebhookInstances.default('all'),
    description: z.string().trim().max(200).default(''),
    headers: WebhookHeaders.default({}),
    enabled: z.boolean().default(true),
    concurrency: Concurrency.default(5),
  }),
  output: WebhookWithSecret,
})

export const listWebhooks = defineCommand('webhooks.list', {
  summary: 'List the webhooks whose events the caller may see',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks' },
  hints: { readOnly: true, example: { limit: 50 } },
  input: z.strictObject(PageQuery),
  output: page(Webhook),
})

export const getWebhook = defineCommand('webhooks.get', {
  summary: 'Show one webhook',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/{id}' },
  hints: { readOnly: true, example },
  input: one,
  output: Webhook,
})

export const updateWebhook = defineCommand('webhooks.update', {
  summary: 'Change a webhook, or switch it on or off',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'PATCH', path: '/webhooks/{id}' },
  hints: { example: { ...example, enabled: true, types: ['message.received'] } },
  input: z.strictObject({
    ...id,
    url: WebhookUrl.optional(),
    types: WebhookTypes.optional().describe('Replaces the list. What is new begins with the events from now on'),
    instances: WebhookInstances.optional(),
    description: z.string().trim().max(200).optional(),
    headers: WebhookHeaders.optional().describe('Replaces all of them'),
    enabled: z.boolean().optional(),
    concurrency: Concurrency.optional(),
  }),
  output: Webhook,
})

export const deleteWebhook = defineCommand('webhooks.delete', {
  summary: 'Delete a webhook with all its deliveries',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'DELETE', path: '/webhooks/{id}', status: 204 },
  hints: { destructive: true, example },
  input: one,
  output: z.object({}),
})

export const rotateWebhookSecret = defineCommand('webhooks.rotateSecret', {
  summary: 'Draw a new secret; the former one stays good for 24 hours',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks/{id}/rotate-secret' },
  hints: { example },
  input: one,
  output: WebhookWithSecret,
})

export const testWebhook = defineCommand('webhooks.test', {
  summary: 'Deliver a test event now and say what came of it',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks/{id}/test' },
  hints: { example },
  input: one,
  output: z.object({
    ok: z.boolean(),
    eventId: z.string().describe('`webhook-id` of the test'),
    statusCode: z.int().nullable().describe('Null when there was no answer'),
    durationMs: z.int(),
    problem: z.string().nullable(),
  }),
})

export const listWebhookTypes = defineCommand('webhooks.types', {
  summary: 'List the types of events that the caller may have delivered',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/types' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        type: z.string(),
        summary: z.string(),
        stored: z.boolean().describe('False: told at once and never kept, so not delivered later either'),
        shortBody: z
          .boolean()
          .describe('True for the short names, whose body is `{ event, instance, data, timestamp }`'),
      }),
    ),
  }),
})

export const listDeliveries = defineCommand('webhooks.deliveries', {
  summary: 'List the deliveries of a webhook with their attempts, newest first',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/{id}/deliveries' },
  hints: { readOnly: true, example: { ...example, state: 'pending' } },
  input: z.strictObject({
    ...id,
    state: DeliveryState.optional(),
    type: z.string().max(100).optional(),
    eventId: z.string().max(64).optional(),
    ...PageQuery,
  }),
  output: page(Delivery),
})

export const getDelivery = defineCommand('webhooks.getDelivery', {
  summary: 'Show one delivery with the body that is sent',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/{id}/deliveries/{deliveryId}' },
  hints: { readOnly: true, example: { ...example, deliveryId: 17 } },
  input: z.strictObject({ ...id, deliveryId: DeliveryId }),
  output: Delivery.extend({ body: z.string() }),
})

export const replayDeliveries = defineCommand('webhooks.replay', {
  summary: 'Deliver again: one delivery, all that failed since a moment, or all events after a place in a log',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks/{id}/replay' },
  hints: { example: { ...example, instance: 'default', after: '4711' } },
  input: z
    .strictObject({
      ...id,
      deliveryId: DeliveryId.optional(),
      failedSince: Timestamp.optional().describe('All dead letters from this moment on'),
      after: Cursor.optional().describe('All events after this sequence or cursor, also those from before the webhook'),
      instance: LogField.describe("With `after`: the account whose log is meant; `host` for the host's own"),
    })
    .refine(
      ({ deliveryId, failedSince, after }) =>
        [deliveryId, failedSince, after].filter((it) => it !== undefined).length === 1,
      { path: ['deliveryId'], message: 'give one of deliveryId, failedSince and after' },
    ),
  output: Count.extend({
    next: Cursor.nullable().describe('With `after`: where to go on, when there is more than one call takes (10,000)'),
  }),
})

export const listDeadLetters = defineCommand('webhooks.deadLetters', {
  summary: 'List what could not be delivered and is not tried any more, newest first',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/{id}/dead-letters' },
  hints: { readOnly: true, example },
  input: z.strictObject({ ...id, ...PageQuery }),
  output: page(Delivery),
})

const Letters = z.strictObject({
  ...id,
  deliveryIds: z.array(z.int().positive()).min(1).max(1_000).optional().describe('All of them when absent'),
})

export const replayDeadLetters = defineCommand('webhooks.replayDeadLetters', {
  summary: 'Try dead letters again, from the first attempt on',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks/{id}/dead-letters/replay' },
  hints: { example },
  input: Letters,
  output: Count,
})

export const discardDeadLetters = defineCommand('webhooks.discardDeadLetters', {
  summary: 'Give dead letters up for good',
  permission: 'webhooks:write',
  scope: 'host',
  http: { method: 'POST', path: '/webhooks/{id}/dead-letters/discard' },
  hints: { destructive: true, example: { ...example, deliveryIds: [17, 18] } },
  input: Letters,
  output: Count,
})

const Figures = z.object({
  pending: z.int(),
  dead: z.int(),
  delivered: z.int().describe('Deliveries that were taken'),
  failed: z.int().describe('Attempts that failed'),
})

export const webhookStats = defineCommand('webhooks.stats', {
  summary: 'What has become of the deliveries of a webhook',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/{id}/stats' },
  hints: { readOnly: true, example },
  input: one,
  output: Figures.extend({
    lastDeliveredAt: Timestamp.nullable(),
    lastFailedAt: Timestamp.nullable(),
    oldestPendingAt: Timestamp.nullable(),
  }),
})

export const webhookTotals = defineCommand('webhooks.totals', {
  summary: 'What has become of the deliveries of the webhooks that the caller may see, together',
  permission: 'webhooks:read',
  scope: 'host',
  http: { method: 'GET', path: '/webhooks/stats' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: Figures.extend({ webhooks: z.int(), enabled: z.int() }),
})
