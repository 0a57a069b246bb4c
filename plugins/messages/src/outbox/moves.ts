import type { SqlValue, Tx } from '@waqtor/contracts'
import { isFree, isUnused } from './by-message.ts'
import type { Beginning, SentRow, Step } from './rows.ts'

/*
 * The statements that move rows on: twice for every message, so they are what a campaign costs.
 *
 * What all rows of a batch have in common is bound once; only the rest travels as JSON, by `jsonb_each`, which reads the list
 * once: of `json_each` a row's JSON is read anew for every field that is taken from it. A single row is bound as it is: unpacking a list, joining with it and returning
 * from it each make a table of their own for the statement, which costs more than moving the row does.
 */

const beginning = `state = ?, reason = NULL, attempt = attempt + ?, kind = ?, pairing = ?, sending_at = ?,
  sent_at = NULL, delivered_at = NULL, read_at = NULL`

const beginOne = `UPDATE OR IGNORE outbox SET ${beginning},
    body = ?, body_hash = ?, anchor = ?, message_id = coalesce(message_id, ?)
  WHERE id = ? AND state = 'queued' AND ${isUnused('?', 'outbox.id')}`

const beginMany = `UPDATE OR IGNORE outbox SET ${beginning},
    body = v.body, body_hash = v.body_hash, anchor = v.anchor, message_id = coalesce(outbox.message_id, v.message_id)
  FROM (SELECT value ->> 0 AS body, value ->> 1 AS body_hash, value ->> 2 AS anchor, value ->> 3 AS message_id, value ->> 4 AS id
        FROM jsonb_each(?)) AS v
  WHERE outbox.id = v.id AND outbox.state = 'queued' AND ${isUnused('v.message_id', 'outbox.id')}`

/**
 * Writes down everything about sends that are about to begin. Answers the ids that may: a row that was taken away
 * meanwhile (cancelled, dropped), or was given an id that is another's, is not among them.
 * @param now when they begin, in milliseconds; those that say `since` may have begun then
 */
export async function begin(tx: Tx, beginnings: readonly Beginning[], now: number): Promise<ReadonlySet<number>> {
  const begun = new Set<number>()
  for (const batch of alike(beginnings)) {
    const { to, kind, pairing, since } = batch[0]!
    const at = since ?? now
    const common = [to, to === 'sending' ? 1 : 0, kind, pairing, at]
    const rows = batch.map((it) => [it.body, it.bodyHash, it.anchor, it.messageId, it.id] as const)
    const { messageId } = batch[0]!
    const { changes } =
      rows.length === 1
        ? await tx.run(beginOne, [...common, ...rows[0]!, messageId])
        : await tx.run(beginMany, [...common, JSON.stringify(rows)])
    const moved = changes === batch.length ? batch : await those(tx, batch, 'state = ? AND sending_at = ?', [to, at])
    for (const { id } of moved) begun.add(id)
  }
  return begun
}

/**
 * Those of them of which a statement has just written what the condition says. Asked only where it did not move all: to be told by
 * every statement costs more than it does.
 */
async function those<Row extends { readonly id: number }>(
  tx: Tx,
  rows: readonly Row[],
  written: string,
  params: readonly SqlValue[],
): Promise<readonly Row[]> {
  const found = await tx.all<{ id: number }>(
    `SELECT id FROM outbox WHERE id IN (SELECT value FROM json_each(?)) AND ${written}`,
    [JSON.stringify(rows.map((it) => it.id)), ...params],
  )
  const ids = new Set(found.map((it) => it.id))
  return rows.filter((it) => ids.has(it.id))
}

/** Groups those that have in common what is bound once. There are few groups: nearly always one. */
function alike(beginnings: readonly Beginning[]): readonly Beginning[][] {
  const groups: Beginning[][] = []
  for (const it of beginnings) {
    const group = groups.find(
      ([first]) =>
        first!.to === it.to && first!.kind === it.kind && first!.since === it.since && first!.pairing === it.pairing,
    )
    if (group) group.push(it)
    else groups.push([it])
  }
  return groups
}

/**
 * Moves rows on. A row that is no longer where the step begins, or whose message id proves another row, stays as it is.
 * Answers the rows that moved.
 */
export async function step(tx: Tx, wanted: readonly Step[]): Promise<readonly SentRow[]> {
  const steps = wanted.length > 1 && wanted.some(isNaming) ? oneForEachMessage(wanted) : wanted
  if (steps.length === 0) return []
  const accepted = steps.filter(isAcceptance)
  const moments = Map.groupBy(accepted, (it) => it.at)
  // Where nearly every row has a moment of its own, one statement for all of them is quicker.
  if (accepted.length > 1 && moments.size > Math.ceil(accepted.length / 4)) return moveEach(tx, steps)
  const moved: SentRow[] = []
  for (const batch of moments.values()) moved.push(...(await accept(tx, batch)))
  const others = accepted.length < steps.length ? steps.filter((it) => !isAcceptance(it)) : []
  return others.length > 0 ? [...moved, ...(await moveEach(tx, others))] : moved
}

/** How nearly every send ends: acknowledged, under the id that its row carries already. */
type Acceptance = Step & { readonly at: number; readonly row: NonNullable<Step['row']> }

function isAcceptance(it: Step): it is Acceptance {
  return (
    it.from === 'sending' &&
    it.to === 'sent' &&
    it.messageId === undefined &&
    it.at !== undefined &&
    it.row !== undefined
  )
}

const acceptOne = "UPDATE outbox SET state = 'sent', sent_at = ? WHERE id = ? AND state = 'sending'"
const acceptMany = `UPDATE outbox SET state = 'sent', sent_at = ?
  WHERE id IN (SELECT value FROM json_each(?)) AND state = 'sending'`

/** Moves rows that were accepted in the same millisecond. What else there is to say of them is known already. */
async function accept(tx: Tx, batch: readonly Acceptance[]): Promise<readonly SentRow[]> {
  const { at } = batch[0]!
  const ids = batch.map((it) => it.id)
  const { changes } =
    ids.length === 1 ? await tx.run(acceptOne, [at, ids[0]!]) : await tx.run(acceptMany, [at, JSON.stringify(ids)])
  // A send ends once, so whatever was not `sending` any more is not `sent` either: it was deleted, or given up.
  const moved = changes === ids.length ? batch : await those(tx, batch, "state = 'sent' AND sent_at = ?", [at])
  return moved.map(sentRow)
}

function sentRow({ id, queue, row, at }: Acceptance): SentRow {
  const { part, chat_id, message_id, kind } = row
  return { id, queue, part, chat_id, message_id, kind, sent_at: at, state: 'sent', reason: null }
}

async function moveEach(tx: Tx, steps: readonly Step[]): Promise<readonly SentRow[]> {
  const values = steps.map((it) => [it.id, it.from, it.to, it.reason, it.messageId ?? null, it.at ?? null])
  return tx.all<SentRow>(steps.some(isNaming) ? moveAndName : move, [JSON.stringify(values)])
}

function isNaming(it: Step): boolean {
  return it.messageId !== undefined
}

/** Of several rows that one message is said to prove, the first: the tables tell only of what was written before. */
function oneForEachMessage(steps: readonly Step[]): readonly Step[] {
  const rows = new Map<string, number>()
  // What was accepted under the id that was drawn for it has the better claim.
  for (const it of [...steps.filter(isAcceptance), ...steps]) {
    const messageId = it.messageId ?? it.row?.message_id
    if (messageId && !rows.has(messageId)) rows.set(messageId, it.id)
  }
  return steps.filter((it) => it.messageId === undefined || rows.get(it.messageId) === it.id)
}

const moving = (name: string, only: string) =>
  `UPDATE OR IGNORE outbox SET state = v.target, reason = v.reason, ${name}
       sent_at = CASE WHEN v.target IN ('sent', 'delivered', 'read') THEN coalesce(outbox.sent_at, v.at) ELSE outbox.sent_at END,
       delivered_at = CASE WHEN v.target IN ('delivered', 'read') THEN coalesce(outbox.delivered_at, v.at) ELSE outbox.delivered_at END,
       read_at = CASE v.target WHEN 'read' THEN v.at ELSE outbox.read_at END
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS origin, value ->> 2 AS target, value ->> 3 AS reason, value ->> 4 AS message_id,
                  value ->> 5 AS at FROM jsonb_each(?)) AS v
     WHERE outbox.id = v.id AND outbox.state = v.origin ${only}
     RETURNING outbox.id, outbox.queue, outbox.part, outbox.chat_id, outbox.message_id, outbox.kind, outbox.sent_at, outbox.state,
       outbox.reason`
// Whatever an UPDATE sets is written into its indexes, changed or not: the id is set only where there is a new one.
const move = moving('', '')
const moveAndName = moving(
  'message_id = coalesce(v.message_id, outbox.message_id),',
  `AND ${isFree('v.message_id', 'outbox.id')}`,
)
