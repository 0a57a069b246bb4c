import { defineMetrics, storageState } from '@waqtor/contracts'

/** Whether each database file can be used; contributed by every plugin that stores with this engine. */
export const storageMetrics = defineMetrics(storageState, {}, [
  {
    name: 'waqtor_storage_state',
    type: 'gauge',
    help: 'The state of a database file: 1 for the one that it is in',
    read: ({ items }) => items.map(({ name, state }) => ({ value: 1, labels: { file: name, state } })),
  },
  {
    name: 'waqtor_storage_ok',
    type: 'gauge',
    help: 'Whether a database file can be read and written: 1 or 0',
    read: ({ items }) => items.map(({ name, state }) => ({ value: state === 'open' ? 1 : 0, labels: { file: name } })),
  },
])
