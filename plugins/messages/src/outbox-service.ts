import type { Outbox } from '@waqtor/contracts'
import type { Mailboxes } from './mailboxes.ts'
import type { Lanes } from './outbox/lanes.ts'
import { entries } from './outbox/store.ts'

/** The outbox as other plugins reach it: by the file that their transaction writes. */
export function createOutboxService(mailboxes: Mailboxes, lanes: Lanes): Outbox {
  const of = (file: string) => mailboxes.of(file).outbox
  return {
    lane: (lane) => {
      const undo = lanes.add(lane)
      mailboxes.laneCame()
      return undo
    },
    setQueue: (tx, queue) => of(tx.file).setQueue(tx, queue),
    openQueue: (tx, queue, open) => of(tx.file).openQueue(tx, queue, open),
    add: (tx, queue, recipients) => of(tx.file).add(tx, queue, recipients),
    cancel: (tx, queue) => of(tx.file).cancel(tx, queue),
    drop: (tx, queue) => of(tx.file).drop(tx, queue),
    entries: (instance, queue, query) => entries(mailboxes.of(instance).file, queue, query),
    // biome-ignore lint/suspicious/noExplicitAny: until the rest is built
    ...({} as any),
    count: (instance, queue) => mailboxes.count(instance, queue),
  }
}
