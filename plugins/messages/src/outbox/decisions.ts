import type { Tx } from '@waqtor/contracts'
import { endedBadly } from './conditions.ts'
import type { Recorded, Recorder } from './recorder.ts'
import type { Step } from './rows.ts'

/* What a person decides about rows of a queue. */

export type HeldDecision = 'sent' | 'resend' | 'skip'

/** Held rows go where the person says. Answers how many. */
export async function resolveHeld(
  tx: Tx,
  queue: string,
  decision: HeldDecision,
  ids: readonly number[] | undefined,
  recorder: Recorder,
  recorded: Recorded,
): Promise<number> {
  const rows = await tx.all<{ id: number }>(
    `SELECT id FROM outbox WHERE queue = ? AND ${endedBadly} AND state = 'held'
     ${ids ? 'AND id IN (SELECT value FROM json_each(?))' : ''}`,
    [queue, ...(ids ? [JSON.stringify(ids)] : [])],
  )
  const at = Date.now()
  const steps = rows.map(({ id }): Step => {
    const step = { id, queue, from: 'held', at } as const
    if (decision === 'sent') return { ...step, to: 'sent', reason: 'decided' }
    if (decision === 'skip') return { ...step, to: 'skipped', reason: 'decided' }
    return { ...step, to: 'queued', reason: null }
  })
  await recorder.steps(tx, steps, recorded)
  return rows.length
}

/**
 * Failed rows go back to `queued`, those for which another try is of no use excepted. It is proved that they never left, so
 * the next try is a message of its own, with an id of its own.
 */
export async function retryFailed(tx: Tx, queue: string, recorded: Recorded): Promise<number> {
  const rows = await tx.all<{ part: number }>(
    `UPDATE outbox SET state = 'queued', reason = NULL, message_id = NULL
     WHERE queue = ? AND ${endedBadly} AND state = 'failed' AND reason IS NOT 'not-on-whatsapp'
     RETURNING part`,
    [queue],
  )
  for (const { part } of rows) recorded.shifts.add(queue, part, 'failed', 'queued', null)
  return rows.length
}
