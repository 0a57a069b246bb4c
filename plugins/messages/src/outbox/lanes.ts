import {
  fail,
  type MessageSource,
  type OutboxLane,
  type OutboxShift,
  type OutboxState,
  type Tx,
} from '@waqtor/contracts'

/**
 * Who renders and follows the rows of each source. While the plugin that brings a lane is away (it is being reloaded),
 * what its lane should have been told is kept in the file and told when it is back: counters never drift.
 */
export class Lanes {
  readonly #lanes = new Map<MessageSource, OutboxLane>()
  readonly #sources = new Map<string, MessageSource>()

  add(lane: OutboxLane): () => void {
    if (this.#lanes.has(lane.source)) throw fail('WAQ_CONFLICT', `the outbox has a lane for '${lane.source}' already`)
    this.#lanes.set(lane.source, lane)
    return () => this.#lanes.delete(lane.source)
  }

  /** Remembers to whom a queue belongs. */
  bind(queue: string, source: MessageSource): void {
    this.#sources.set(queue, source)
  }

  sourceOf(queue: string): MessageSource {
    return this.#sources.get(queue) ?? 'api'
  }

  /** The lane of a queue; nothing while the plugin that brings it is away. */
  of(queue: string): OutboxLane | undefined {
    return this.#lanes.get(this.sourceOf(queue))
  }

  has(source: MessageSource): boolean {
    return this.#lanes.has(source)
  }

  /** Tells each lane what happened to its queues. */
  async tell(tx: Tx, shifts: readonly OutboxShift[]): Promise<void> {
    if (shifts.length === 0) return
    const byLane = Map.groupBy(shifts, (it) => this.of(it.queue))
    for (const [lane, own] of byLane) await (lane ? lane.shifted(tx, own) : keep(tx, own))
  }

  /** Tells the lane of a queue that it was stopped. */
  async tellHalt(tx: Tx, queue: string, reason: string): Promise<void> {
    const lane = this.of(queue)
    if (lane) await lane.halted?.(tx, queue, reason)
    else await tx.run('UPDATE outbox_queues SET halted = ? WHERE id = ?', [reason, queue])
  }

  /** Tells what was kept, as far as the lanes are there now. */
  async catchUp(tx: Tx): Promise<void> {
    const kept = await tx.all<Kept>('SELECT queue, part, origin, target, reason, n FROM outbox_untold')
    const told = kept.filter((it) => this.of(it.queue))
    if (told.length > 0) {
      await tx.run('DELETE FROM outbox_untold WHERE queue IN (SELECT value FROM json_each(?))', [
        JSON.stringify(told.map((it) => it.queue)),
      ])
      await this.tell(
        tx,
        told.map(({ queue, part, origin, target, reason, n }) => ({
          queue,
          part,
          from: origin,
          to: target,
          reason,
          count: n,
        })),
      )
    }
    const halted = await tx.all<{ id: string; halted: string }>(
      'SELECT id, halted FROM outbox_queues WHERE halted IS NOT NULL',
    )
    for (const { id, halted: reason } of halted.filter((it) => this.of(it.id))) {
      await tx.run('UPDATE outbox_queues SET halted = NULL WHERE id = ?', [id])
      await this.tellHalt(tx, id, reason)
    }
  }
}

interface Kept {
  readonly queue: string
  readonly part: number
  readonly origin: OutboxState
  readonly target: OutboxState
  readonly reason: string | null
  readonly n: number
}

async function keep(tx: Tx, shifts: readonly OutboxShift[]): Promise<void> {
  await tx.run(
    `INSERT INTO outbox_untold (queue, part, origin, target, reason, n)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each(?)`,
    [JSON.stringify(shifts.map((it) => [it.queue, it.part, it.from, it.to, it.reason, it.count]))],
  )
}
