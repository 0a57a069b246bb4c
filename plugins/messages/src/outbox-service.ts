import type { Outbox } from '@waqtor/contracts'
import type { Mailboxes } from './mailboxes.ts'
import type { Gates } from './outbox/gates.ts'
import type { Lanes } from './outbox/lanes.ts'
import { byMessageId, countByState, latestTo, reasons } from './outbox/listing.ts'

/** The outbox as other plugins reach it: by the file that their transaction writes. */
export function createOutboxService(mailboxes: Mailboxes, lanes: Lanes, gates: Gates): Outbox {
  const of = (file: string) => mailboxes.of(file).outbox
  return {
    lane: (lane) => {
      const undo = lanes.add(lane)
      mailboxes.laneCame()
      return undo
    },
    gate: (gate) => gates.add(gate),
    setQueue: (tx, queue) => of(tx.file).setQueue(tx, queue),
    openQueue: (tx, queue, open) => of(tx.file).openQueue(tx, queue, open),
    add: (tx, queue, recipients) => of(tx.file).add(tx, queue, recipients),
    cancel: (tx, queue) => of(tx.file).cancel(tx, queue),
    resolveHeld: (tx, queue, decision, ids) => of(tx.file).resolveHeld(tx, queue, decision, ids),
    retryFailed: (tx, queue) => of(tx.file).retryFailed(tx, queue),
    drop: (tx, queue) => of(tx.file).drop(tx, queue),
    entries: (instance, queue, query) => of(instance).entries(queue, query),
    count: (instance, queue) => countByState(of(instance).file, queue),
    reasons: (instance, queue) => reasons(of(instance).file, queue),
    byMessageId,
    latestTo,
  }
}
