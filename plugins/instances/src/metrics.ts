import { defineMetrics } from '@waqtor/contracts'
import { getInstance, Status } from './contract.ts'

/** What each session is doing, and what it takes of the machine. */
export const sessionMetrics = defineMetrics(getInstance, {}, [
  {
    name: 'waqtor_session_status',
    type: 'gauge',
    help: 'Whether the session of an account is in this status: 1 or 0',
    read: ({ status }) => Status.options.map((it) => ({ value: it === status ? 1 : 0, labels: { status: it } })),
  },
  {
    name: 'waqtor_session_memory_bytes',
    type: 'gauge',
    help: 'Memory of the processes that belong to the connection of an account; absent where it is not known',
    read: ({ usage }) => (usage ? [{ value: usage.memoryBytes }] : []),
  },
  {
    name: 'waqtor_session_processes',
    type: 'gauge',
    help: 'Processes that belong to the connection of an account; absent where it is not known',
    read: ({ usage }) => (usage ? [{ value: usage.processes }] : []),
  },
])
