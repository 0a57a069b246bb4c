import type { Tx } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { QueueBook } from './queue-book.ts'

const restMs = 1_000

/**
 * Lets queues rest whose rows were not begun though nobody took them away: the transport drew ids for them that are another
 * message's. It is asked for new ones then, but not without a pause, for it may draw the same again.
 * @param left the rows that were not begun
 */
export async function restWhereIdsAreUsed(
  tx: Tx,
  left: readonly { readonly id: number }[],
  { book, log }: { readonly book: QueueBook; readonly log: Logger },
): Promise<void> {
  const rows = await tx.all<{ queue: string }>(
    "SELECT DISTINCT queue FROM outbox WHERE id IN (SELECT value FROM json_each(?)) AND state = 'queued'",
    [JSON.stringify(left.map((it) => it.id))],
  )
  tx.afterCommit(() => {
    for (const { queue } of rows) {
      book.rest(queue, performance.now() + restMs)
      log.warn('the transport drew a message id that is used already; another one is drawn', { queue })
    }
  })
}
