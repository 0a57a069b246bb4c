import { defineMetrics } from '@waqtor/contracts'
import { messageStats } from './contract.ts'

/** Traffic since the account was opened, and what its outbox holds. */
export const messageMetrics = defineMetrics(messageStats, {}, [
  {
    name: 'waqtor_messages_sent_total',
    type: 'counter',
    help: 'Messages that the network accepted, those sent by the phone included',
    read: (it) => [{ value: it.sent }],
  },
  {
    name: 'waqtor_messages_received_total',
    type: 'counter',
    help: 'Messages that came in',
    read: (it) => [{ value: it.received }],
  },
  {
    name: 'waqtor_messages_failed_total',
    type: 'counter',
    help: 'Messages that could not be sent',
    read: (it) => [{ value: it.failed }],
  },
  {
    name: 'waqtor_outbox_rows',
    type: 'gauge',
    help: 'Messages in the outbox that are not settled, by state',
    read: (it) => Object.entries(it.outbox).map(([state, value]) => ({ value, labels: { state } })),
  },
])
