import { defineMetrics, type Statements } from '@waqtor/contracts'
import { webhookTotals } from './contract.ts'

interface Counters {
  readonly delivered: number
  readonly failed: number
  readonly last_delivered_at: number | null
  readonly last_failed_at: number | null
}

/** What has become of the deliveries of one webhook. Counters are kept as it goes; only what is open is counted. */
export async function figuresOf(file: Statements, id: string) {
  const counters = await file.get<Counters>(
    'SELECT delivered, failed, last_delivered_at, last_failed_at FROM webhooks WHERE id = ?',
    [id],
  )
  const pending = await file.get<{ n: number; oldest: number | null }>(
    "SELECT count(*) AS n, min(created_at) AS oldest FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending'",
    [id],
  )
  const dead = await file.get<{ n: number }>(
    "SELECT count(*) AS n FROM webhook_deliveries WHERE webhook_id = ? AND state = 'dead'",
    [id],
  )
  return {
    pending: pending!.n,
    dead: dead!.n,
    delivered: counters?.delivered ?? 0,
    failed: counters?.failed ?? 0,
    lastDeliveredAt: counters?.last_delivered_at ?? null,
    lastFailedAt: counters?.last_failed_at ?? null,
    oldestPendingAt: pending!.oldest,
  }
}

/** For a monitoring system. */
export const WebhookMetrics = defineMetrics(webhookTotals, {}, [
  {
    name: 'waqtor_webhooks',
    type: 'gauge',
    help: 'Webhooks, by whether they are switched on',
    read: ({ webhooks, enabled }) => [
      { value: enabled, labels: { enabled: 'true' } },
      { value: webhooks - enabled, labels: { enabled: 'false' } },
    ],
  },
  {
    name: 'waqtor_webhook_deliveries_pending',
    type: 'gauge',
    help: 'Deliveries that wait for their next attempt',
    read: (it) => [{ value: it.pending }],
  },
  {
    name: 'waqtor_webhook_deliveries_dead',
    type: 'gauge',
    help: 'Deliveries that ran out of attempts and wait for a person',
    read: (it) => [{ value: it.dead }],
  },
  {
    name: 'waqtor_webhook_deliveries_total',
    type: 'counter',
    help: 'Deliveries that were taken',
    read: (it) => [{ value: it.delivered }],
  },
  {
    name: 'waqtor_webhook_attempts_failed_total',
    type: 'counter',
    help: 'Attempts that failed',
    read: (it) => [{ value: it.failed }],
  },
])
