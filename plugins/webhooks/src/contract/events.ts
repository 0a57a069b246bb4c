import { defineNotice } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'

const event = { kind: 'recorded', permission: 'webhooks:read', scope: 'host' } as const
const attempt = {
  webhookId: z.string(),
  eventId: z.string(),
  attempt: z.int().positive(),
  statusCode: z.int().optional().describe('Absent when there was no answer'),
}

/** A receiver took an event. */
export const WebhookDelivered = defineEvent('webhook.delivered', {
  ...event,
  summary: 'A receiver took an event',
  schema: z.object(attempt),
})

/** An attempt failed. */
export const WebhookFailed = defineEvent('webhook.failed', {
  ...event,
  summary: 'An event could not be delivered',
  schema: z.object({
    ...attempt,
    problem: z.string(),
    final: z.boolean().describe('No further attempt follows by itself'),
  }),
})

/** A webhook switched itself off. */
export const WebhookDisabled = defineEvent('webhook.disabled', {
  ...event,
  summary: 'A webhook switched itself off',
  schema: z.object({ webhookId: z.string(), url: z.string(), reason: z.string() }),
})

export const WebhookDisabledNotice = defineNotice(WebhookDisabled, ({ webhookId, url, reason }) => ({
  type: 'warning',
  title: 'Webhook switched off',
  message: `${url}: ${reason}`,
  fields: { webhookId, url, reason },
  icon: 'pi pi-link',
  link: '/settings/webhooks',
}))
