import { defineMetrics, type Sample } from '@waqtor/contracts'
import { realtimeStats } from './contract.ts'

const one = (value: number): Sample[] => [{ value }]

/** Live connections, for a monitoring system. */
export const metrics = defineMetrics(realtimeStats, {}, [
  {
    name: 'waqtor_realtime_clients',
    type: 'gauge',
    help: 'Clients of live channels',
    read: ({ byNamespace }) =>
      Object.entries(byNamespace).map(([namespace, value]) => ({ value, labels: { namespace } })),
  },
  {
    name: 'waqtor_realtime_connections',
    type: 'gauge',
    help: 'Live connections',
    read: (it) => one(it.connections),
  },
  {
    name: 'waqtor_realtime_broadcasts_total',
    type: 'counter',
    help: 'Events sent to live channels',
    read: (it) => one(it.broadcasts),
  },
  {
    name: 'waqtor_realtime_coalesced_total',
    type: 'counter',
    help: 'Events that a later one took the place of',
    read: (it) => one(it.coalesced),
  },
  {
    name: 'waqtor_realtime_refused_total',
    type: 'counter',
    help: 'Clients that were not let into a live channel',
    read: (it) => one(it.refused),
  },
  {
    name: 'waqtor_realtime_dropped_total',
    type: 'counter',
    help: 'Live connections that were cut for not reading or for sending too much',
    read: (it) => one(it.dropped),
  },
])
