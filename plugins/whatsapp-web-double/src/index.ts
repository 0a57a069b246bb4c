export { type Double, LocalDouble, startDouble } from './double.ts'
export type {
  AcceptedMessage,
  AccountFaults,
  Change,
  Control,
  DeliveredMedia,
  Delivery,
  DoubleOptions,
  Group,
  PageSettings,
  Scan,
  Signal,
} from './options.ts'
export { DoubleProcess } from './process/double-process.ts'
export { type DoubleAddress, RemoteDouble } from './process/remote-double.ts'
