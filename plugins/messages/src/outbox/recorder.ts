import type { Ack, EventLog, MessageSource, OutboxState, Tx } from '@waqtor/contracts'
import { MessageSent, MessageStatusChanged } from '../contract.ts'
import { insertSent, setStatus } from '../message-store.ts'
import { acknowledgedBy } from './by-message.ts'
import type { Depth } from './depth.ts'
import type { Lanes } from './lanes.ts'
import { step } from './moves.ts'
import type { SentRow, Step } from './rows.ts'
import { Shifts } from './shifts.ts'
import { mayGo, provenStates, stateOfAck } from './state.ts'

export interface AckFact {
  readonly messageId: string
  readonly ack: Ack
  readonly at: number
}

/** What one transaction changed, for those who wait outside. */
export interface Recorded {
  readonly shifts: Shifts
  /** Rows that moved, with where they are now. */
  readonly moved: SentRow[]
  /** Acknowledgements of messages that nothing is known of yet. */
  readonly early: AckFact[]
  /** Rows that were deleted, by the state in which they were. */
  readonly dropped: Map<OutboxState, number>
}

/**
 * Writes steps down together with all that follows from them: the message, its event, the counters of the lane.
 * Everything of one call commits or fails together.
 */
export class Recorder {
  readonly #log: EventLog
  readonly #lanes: Lanes
  readonly #depth: Depth

  constructor(log: EventLog, lanes: Lanes, depth: Depth) {
    this.#log = log
    this.#lanes = lanes
    this.#depth = depth
  }

  begin(): Recorded {
    return { shifts: new Shifts(), moved: [], early: [], dropped: new Map() }
  }

  async steps(tx: Tx, steps: readonly Step[], recorded: Recorded): Promise<void> {
    // A statement moves a row once. A second step of a row, as when its answer comes late, is taken from where the first led.
    const first = new Map<number, Step>()
    const rest: Step[] = []
    for (const it of steps) {
      if (first.has(it.id)) rest.push(it)
      else first.set(it.id, it)
    }
    const moved = await this.#move(tx, first, recorded)
    // A message id that proves another row already cannot prove this one, too: its own fate is then open.
    const refused = [...first.values()].filter(
      (it) => it.messageId !== undefined && it.from === 'sending' && !moved.has(it.id),
    )
    if (refused.length > 0) {
      const open = refused.map(({ id, queue, from }): [number, Step] => [
        id,
        { id, queue, from, to: 'unknown', reason: 'message-id-taken' },
      ])
      await this.#move(tx, new Map(open), recorded)
    }
    if (rest.length > 0) await this.steps(tx, rest, recorded)
  }

  /** Applies acknowledgements; each moves its row and its message forward or does nothing. */
  async acks(tx: Tx, acks: readonly AckFact[], recorded: Recorded): Promise<void> {
    if (acks.length === 0) return
    const latest = new Map<string, AckFact>()
    for (const ack of acks) {
      const known = latest.get(ack.messageId)
      if (!known || ack.ack > known.ack || ack.ack < 0) latest.set(ack.messageId, ack)
    }
    const rows = await acknowledgedBy(tx, [...latest.keys()])
    const known = new Set(rows.map((it) => it.message_id))
    recorded.early.push(...[...latest.values()].filter((it) => !known.has(it.messageId)))
    const steps = rows.flatMap(({ id, queue, state, message_id }): Step[] => {
      const fact = latest.get(message_id)!
      const to = stateOfAck(fact.ack)
      // A row still in `sending` is settled by the answer of its own send, which carries the time of acceptance.
      if (!to || state === 'sending' || !mayGo(state, to)) return []
      return [{ id, queue, from: state, to, reason: to === 'failed' ? 'refused' : null, at: fact.at }]
    })
    await this.steps(tx, steps, recorded)
    recorded.early.push(...rows.filter((it) => it.state === 'sending').map((it) => latest.get(it.message_id)!))
  }

  /** Tells the lanes, and after the commit the counters; the last thing in a transaction. */
  finish(tx: Tx, { shifts, dropped }: Recorded): Promise<void> {
    const list = shifts.list()
    if (list.length + dropped.size > 0) tx.afterCommit(() => this.#depth.changed({ shifts: list, dropped }))
    return this.#lanes.tell(tx, list)
  }

  async #move(tx: Tx, steps: ReadonlyMap<number, Step>, recorded: Recorded): Promise<ReadonlySet<number>> {
    const rows = await step(tx, [...steps.values()])
    const arrived: ProvenRow[] = []
    const moved: { row: ProvenRow; at: number }[] = []
    for (const row of rows) {
      const { from, to, reason, at } = steps.get(row.id)!
      recorded.shifts.add(row.queue, row.part, from, to, reason)
      recorded.moved.push(row)
      // A person may say that a message arrived of which the network has shown nothing.
      if (!provenStates.has(to) || !isProven(row)) continue
      if (!provenStates.has(from)) arrived.push(row)
      if (to !== 'sent') moved.push({ row, at: at ?? row.sent_at })
    }
    for (const [source, sent] of inRuns(arrived, (it) => this.#lanes.sourceOf(it.queue))) {
      await insertSent(
        tx,
        source,
        sent.map((it) => it.id),
      )
      await this.#log.recordAll(
        tx,
        MessageSent,
        sent.map((it) => ({
          messageId: it.message_id,
          to: it.chat_id,
          kind: it.kind,
          status: 'sent',
          timestamp: it.sent_at,
          source,
        })),
      )
    }
    if (moved.length > 0) {
      const changes = moved.map(({ row, at }) => ({
        messageId: row.message_id,
        to: row.chat_id,
        status: row.state as 'delivered' | 'read',
        timestamp: at,
      }))
      await setStatus(tx, changes)
      await this.#log.recordAll(tx, MessageStatusChanged, changes)
    }
    return new Set(rows.map((it) => it.id))
  }
}

/** Those that follow on each other and are of the same source, together: the order in which they went is that of the history. */
function inRuns(
  rows: readonly ProvenRow[],
  sourceOf: (row: ProvenRow) => MessageSource,
): readonly [MessageSource, ProvenRow[]][] {
  const runs: [MessageSource, ProvenRow[]][] = []
  for (const row of rows) {
    const source = sourceOf(row)
    const last = runs.at(-1)
    if (last?.[0] === source) last[1].push(row)
    else runs.push([source, [row]])
  }
  return runs
}

/** A row whose message the network is known to have. */
type ProvenRow = SentRow & { readonly message_id: string }

function isProven(row: SentRow): row is ProvenRow {
  return row.message_id !== null
}
