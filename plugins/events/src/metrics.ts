import { defineMetrics } from '@waqtor/contracts'
import { listReaders } from './contract.ts'

/** How far webhooks, notifications and other readers of the logs are behind. */
export const readerMetrics = defineMetrics(listReaders, {}, [
  {
    name: 'waqtor_event_reader_lag',
    type: 'gauge',
    help: 'Events in a log that a durable reader has still to look at',
    read: ({ items }) => items.map(({ reader, log, lag }) => ({ value: lag, labels: { reader, log } })),
  },
])
