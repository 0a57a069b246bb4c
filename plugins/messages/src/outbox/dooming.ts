import type { OutboxState, Tx } from '@waqtor/contracts'
import type { Recorded } from './recorder.ts'
import type { Doom } from './store.ts'

/** Rows that are ended in one transaction: a campaign of a million must not stop everything else for seconds. */
const atOnce = 5_000

/**
 * Ends the next rows of a queue that is to be cancelled or dropped. What cannot begin any more because the queue is closed
 * need not be ended at once: the rest follows in transactions of its own, and after a crash at the next start.
 * @returns true when nothing is left
 */
export async function endSome(tx: Tx, queue: string, doom: Doom, recorded: Recorded): Promise<boolean> {
  const done = doom === 'cancel' ? await cancelSome(tx, queue, recorded) : await dropSome(tx, queue, recorded)
  if (!done) await tx.run('UPDATE outbox_queues SET doomed = ? WHERE id = ?', [doom, queue])
  else if (doom === 'cancel') await tx.run('UPDATE outbox_queues SET doomed = NULL WHERE id = ?', [queue])
  else await tx.run('DELETE FROM outbox_queues WHERE id = ?', [queue])
  return done
}

/**
 * Everything of a queue that has not begun becomes `cancelled`. What came from a backup and was not looked for yet says so
 * for good: it may have been sent before the restore.
 */
async function cancelSome(tx: Tx, queue: string, recorded: Recorded): Promise<boolean> {
  let left = atOnce
  for (const due of ['due_at IS NULL', 'due_at IS NOT NULL']) {
    const rows = await tx.all<{ part: number; reason: string | null }>(
      `UPDATE outbox SET state = 'cancelled', reason = iif(reason = 'restored', reason, NULL), due_at = NULL
       WHERE id IN (SELECT id FROM outbox WHERE queue = +? AND state = 'queued' AND ${due} LIMIT +?) RETURNING part, reason`,
      [queue, left],
    )
    for (const { part, reason } of rows) recorded.shifts.add(queue, part, 'queued', 'cancelled', reason)
    left -= rows.length
    if (left <= 0) return false
  }
  return true
}

async function dropSome(tx: Tx, queue: string, { dropped }: Recorded): Promise<boolean> {
  const rows = await tx.all<{ state: OutboxState }>(
    'DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE queue = ? LIMIT ?) RETURNING state',
    [queue, atOnce],
  )
  for (const { state } of rows) dropped.set(state, (dropped.get(state) ?? 0) + 1)
  return rows.length < atOnce
}
