import { describe, expect, it } from 'vitest'
import { WebhookMetrics } from './figures.ts'

describe('the metrics', () => {
  it('tell how many webhooks there are, and what became of their deliveries', () => {
    const totals = { webhooks: 3, enabled: 2, pending: 5, dead: 1, delivered: 40, failed: 7 }
    const read = Object.fromEntries(WebhookMetrics.series.map((it) => [it.name, it.read(totals as never)]))
    expect(read).toEqual({
      waqtor_webhooks: [
        { value: 2, labels: { enabled: 'true' } },
        { value: 1, labels: { enabled: 'false' } },
      ],
      waqtor_webhook_deliveries_pending: [{ value: 5 }],
      waqtor_webhook_deliveries_dead: [{ value: 1 }],
      waqtor_webhook_deliveries_total: [{ value: 40 }],
      waqtor_webhook_attempts_failed_total: [{ value: 7 }],
    })
  })
})
