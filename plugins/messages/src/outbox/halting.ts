import type { Tx } from '@waqtor/contracts'
import type { Lanes } from './lanes.ts'
import type { Recorded } from './recorder.ts'
import { setOpen, unclaim } from './store.ts'

/** Closes a queue in the running transaction, gives back what it had claimed, and tells its lane why. */
export async function halt(tx: Tx, queue: string, reason: string, lanes: Lanes, recorded: Recorded): Promise<void> {
  await setOpen(tx, queue, false)
  const returned = await unclaim(tx, queue)
  if (returned > 0) recorded.shifts.add(queue, 'claimed', 'queued', null, returned)
  await lanes.tellHalt(tx, queue, reason)
}
