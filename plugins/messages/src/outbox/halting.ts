import type { Tx } from '@waqtor/contracts'
import type { Lanes } from './lanes.ts'
import { setOpen } from './store.ts'

/** Closes a queue in the running transaction and tells its lane why. */
export async function halt(tx: Tx, queue: string, reason: string, lanes: Lanes): Promise<void> {
  await setOpen(tx, queue, false)
  await lanes.tellHalt(tx, queue, reason)
}
