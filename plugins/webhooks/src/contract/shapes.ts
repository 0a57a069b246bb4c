import { InstanceId, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

export const WebhookId = z.string().regex(/^whk_[0-9A-Z]{26,40}$/, "must be the id of a webhook, 'whk_…'")
export const DeliveryId = z.coerce.number().int().positive().describe('Grows with every delivery')

export const WebhookUrl = z.string().min(1).max(2_048).describe('http:// or https://, without a user or a password')
/** Which events. Whoever asks must be allowed to see each of them. */
export const WebhookTypes = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(100)
  .describe('Types of events, as `webhooks.types` lists them')
export const WebhookInstances = z
  .union([z.literal('all'), z.array(InstanceId).min(1).max(1_000)])
  .describe('The accounts whose events are delivered')
export const WebhookHeaders = z
  .record(z.string().min(1).max(100), z.string().max(4_000))
  .describe('Sent along with each delivery. Kept encrypted and not shown again')
export const Concurrency = z.int().min(1).max(5).describe('Deliveries under way at once; 1 keeps them in order')

/** A webhook without its secret, which is shown once, when it is drawn. */
export const Webhook = z.object({
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  instances: z.union([z.literal('all'), z.array(z.string())]),
  description: z.string(),
  headerNames: z.array(z.string()).describe('Of the headers that are sent along; their values are not shown'),
  enabled: z.boolean(),
  disabledReason: z.string().nullable().describe('Why it was switched off by itself; null when a person did'),
  concurrency: z.int(),
  createdBy: z.string().describe('The key or the user that made it'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  oldSecretUntil: Timestamp.nullable().describe('Until then deliveries are signed with the former secret, too'),
})
export type Webhook = z.output<typeof Webhook>

/** Shown when it is drawn, and never again. */
export const WebhookWithSecret = Webhook.extend({
  secret: z.string().describe('`whsec_…`: what receivers check signatures with. It is not shown again'),
})

export const DeliveryState = z
  .enum(['pending', 'delivered', 'dead', 'discarded'])
  .describe('`pending` is tried (again) by itself; `dead` ran out of tries and waits for a person')
export type DeliveryState = z.output<typeof DeliveryState>

export const Attempt = z.object({
  attempt: z.int(),
  at: Timestamp,
  durationMs: z.int(),
  statusCode: z.int().nullable().describe('Null when there was no answer'),
  problem: z.string().nullable().describe('What was wrong; null when it was delivered'),
})
export type Attempt = z.output<typeof Attempt>

/** One event on its way to one webhook. */
export const Delivery = z.object({
  id: z.int(),
  webhookId: z.string(),
  eventId: z.string().describe('`webhook-id` of every attempt: the same however often it is delivered'),
  type: z.string(),
  instance: z.string().nullable(),
  state: DeliveryState,
  attempts: z.array(Attempt).describe('Oldest first; the latest 30'),
  statusCode: z.int().nullable().describe('Of the latest attempt'),
  problem: z.string().nullable().describe('Of the latest attempt'),
  nextAttemptAt: Timestamp.nullable(),
  createdAt: Timestamp,
  settledAt: Timestamp.nullable().describe('When it was delivered, given up or discarded'),
})
export type Delivery = z.output<typeof Delivery>
