import type { DatabaseFile, OutboxShift, OutboxState, Tx } from '@waqtor/contracts'
import { endedBadly, inDoubtNow, onItsWay } from './conditions.ts'

/** States in which a row still needs the outbox, or a person. */
export const depthStates = ['queued', 'sending', 'unknown', 'reconciling', 'waiting', 'held'] as const
export type DepthState = (typeof depthStates)[number]
export type Depths = Readonly<Record<DepthState, number>>

/** What one transaction changed. */
export interface DepthChange {
  readonly shifts: readonly OutboxShift[]
  /** Rows that were deleted, by the state in which they were. */
  readonly dropped: ReadonlyMap<OutboxState, number>
}

/**
 * How many rows of an outbox there are in each open state. They are counted once, when somebody asks first, and kept with
 * every commit from then on: to count a million rows with each look would hold everything else up.
 */
export class Depth {
  readonly #file: DatabaseFile
  #counts: Record<DepthState, number> | undefined
  #counting: Promise<void> | undefined

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  async read(): Promise<Depths> {
    this.#counting ??= this.#count()
    await this.#counting
    return { ...this.#counts! }
  }

  /** Rows came in; after the commit. */
  added(rows: number): void {
    this.#add('queued', rows)
  }

  /** Rows moved or went; after the commit. */
  changed({ shifts, dropped }: DepthChange): void {
    for (const { from, to, count } of shifts) {
      this.#add(from, -count)
      this.#add(to, count)
    }
    for (const [state, rows] of dropped) this.#add(state, -rows)
  }

  #add(state: OutboxState, rows: number): void {
    if (this.#counts && isOpen(state)) this.#counts[state] += rows
  }

  async #count(): Promise<void> {
    try {
      // A turn of the writer: the changes of every later commit come on top, those of earlier ones are in it.
      await this.#file.write(async (tx) => {
        const counts = await countOpen(tx)
        tx.afterCommit(() => {
          this.#counts = counts
        })
      })
    } catch (error) {
      this.#counting = undefined
      throw error
    }
  }
}

function isOpen(state: OutboxState): state is DepthState {
  return (depthStates as readonly OutboxState[]).includes(state)
}

/** Each state by the index that holds little else. */
async function countOpen(tx: Tx): Promise<Record<DepthState, number>> {
  const rows = await tx.all<{ state: DepthState; n: number }>(
    `SELECT 'queued' AS state, count(*) AS n FROM outbox INDEXED BY outbox_todo WHERE state = 'queued' AND due_at IS NULL
     UNION ALL
     SELECT 'queued', count(*) FROM outbox INDEXED BY outbox_due WHERE state = 'queued' AND due_at IS NOT NULL
     UNION ALL
     SELECT 'sending', count(*) FROM outbox INDEXED BY outbox_on_its_way WHERE ${onItsWay} AND state = 'sending'
     UNION ALL
     SELECT state, count(*) FROM outbox INDEXED BY outbox_doubt WHERE ${inDoubtNow} GROUP BY state
     UNION ALL
     SELECT 'held', count(*) FROM outbox INDEXED BY outbox_ended WHERE ${endedBadly} AND state = 'held'`,
  )
  const counts = { queued: 0, sending: 0, unknown: 0, reconciling: 0, waiting: 0, held: 0 }
  for (const { state, n } of rows) counts[state] += n
  return counts
}
