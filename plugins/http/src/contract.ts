import { defineMetrics, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

const Count = z.int().nonnegative()

export const httpStats = defineCommand('http.stats', {
  summary: 'How many requests were answered since the server was started, by the class of their status',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/http/stats' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    requests: z.object({ '1xx': Count, '2xx': Count, '3xx': Count, '4xx': Count, '5xx': Count }),
    underWay: Count.describe('Requests that are being answered, streams included'),
    since: Timestamp,
  }),
})

/** Requests for a monitoring system. */
export const httpMetrics = defineMetrics(httpStats, {}, [
  {
    name: 'waqtor_http_requests_total',
    type: 'counter',
    help: 'Requests that were answered, by the class of their status',
    read: ({ requests }) => Object.entries(requests).map(([status, value]) => ({ value, labels: { status } })),
  },
  {
    name: 'waqtor_http_requests_under_way',
    type: 'gauge',
    help: 'Requests that are being answered, streams included',
    read: ({ underWay }) => [{ value: underWay }],
  },
])
