import type { Statements, Tx } from '@waqtor/contracts'
import type { Message } from '../contract.ts'

/** What people left on a message. */
export type Marks = Pick<Message, 'reactions' | 'votes'>
export const noMarks: Marks = { reactions: [], votes: [] }

interface Mark {
  readonly message_id: string
  readonly sender: string
  readonly kind: 'reaction' | 'vote'
  /** The emoji, empty when it was taken back; or the options as JSON. */
  readonly value: string
  readonly at: number
}

/** Sets what somebody left on a message, in place of what was there. False when it was there already. */
export async function setMark(tx: Tx, { message_id, sender, kind, value, at }: Mark): Promise<boolean> {
  const { changes } = await tx.run(
    `INSERT INTO message_marks (message_id, sender, kind, value, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (message_id, kind, sender) DO UPDATE SET value = excluded.value, at = excluded.at
     WHERE message_marks.value <> excluded.value`,
    [message_id, sender, kind, value, at],
  )
  return changes > 0
}

export async function removeMarks(tx: Tx, messageId: string): Promise<void> {
  await tx.run('DELETE FROM message_marks WHERE message_id = ?', [messageId])
}

/** What people left on these messages, by message id, oldest first. */
export async function marksOf(file: Statements, messageIds: readonly string[]): Promise<ReadonlyMap<string, Marks>> {
  const rows = await file.all<Mark>(
    `SELECT message_id, sender, kind, value, at FROM message_marks
     WHERE message_id IN (SELECT value FROM json_each(?)) AND value NOT IN ('', '[]') ORDER BY at, sender`,
    [JSON.stringify(messageIds)],
  )
  const byMessage = Map.groupBy(rows, (it) => it.message_id)
  return new Map([...byMessage].map(([id, marks]) => [id, toMarks(marks)]))
}

function toMarks(rows: readonly Mark[]): Marks {
  return {
    reactions: rows
      .filter((it) => it.kind === 'reaction')
      .map(({ sender, value, at }) => ({ from: sender, emoji: value, timestamp: at })),
    votes: rows
      .filter((it) => it.kind === 'vote')
      .map(({ sender, value, at }) => ({ from: sender, options: JSON.parse(value) as string[], timestamp: at })),
  }
}
