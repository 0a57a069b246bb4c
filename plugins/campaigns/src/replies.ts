import type { Contacts, InboxWitness, Outbox, Statements } from '@waqtor/contracts'

/** Somebody who writes within this time after a campaign's message, without quoting one, answers it. */
const answersWithinMs = 7 * 24 * 3_600_000

/**
 * Notes who answers a campaign, in the transaction that stores the answer. Each recipient counts once.
 * @param changed told after the commit which campaign was answered
 */
export function createReplyWitness(
  outbox: Outbox,
  changed: (instance: string, campaignId: string) => void,
): InboxWitness {
  return {
    name: 'campaigns',
    async stored(tx, messages) {
      const personal = messages.filter((it) => !it.isGroup)
      if (personal.length === 0) return
      const quoted = personal.flatMap((it) => it.quotedMessageId ?? [])
      const proven = await outbox.byMessageId(tx, quoted)
      const latest = await outbox.latestTo(tx, 'campaign', [...new Set(personal.map((it) => it.chatId))])
      for (const { chatId, messageId, quotedMessageId, timestamp } of personal) {
        const quotes = quotedMessageId ? proven.get(quotedMessageId) : undefined
        const answered = quotes ?? latest.get(chatId)
        if (!answered || answered.chatId !== chatId || answered.sentAt === null) continue
        const afterMs = timestamp - wholeSecond(answered.sentAt)
        if (!quotes && (afterMs < 0 || afterMs > answersWithinMs)) continue
        const { changes } = await tx.run(
          `INSERT OR IGNORE INTO campaign_replies (campaign_id, row_id, chat_id, message_id, at)
           SELECT id, ?, ?, ?, ? FROM campaigns WHERE id = ?`,
          [answered.id, chatId, messageId, timestamp, answered.queue],
        )
        if (changes === 0) continue
        await tx.run('UPDATE campaigns SET replied = replied + 1 WHERE id = ?', [answered.queue])
        tx.afterCommit(() => changed(tx.file, answered.queue))
      }
    },
  }
}

/** Networks tell the time of what comes in by the second. */
function wholeSecond(at: number): number {
  return Math.floor(at / 1_000) * 1_000
}

/** When each of these rows was answered, by row. */
export async function repliedAt(
  file: Statements,
  campaignId: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await file.all<{ row_id: number; at: number }>(
    'SELECT row_id, at FROM campaign_replies WHERE campaign_id = ? AND row_id IN (SELECT value FROM json_each(?))',
    [campaignId, JSON.stringify(ids)],
  )
  return new Map(rows.map((it) => [it.row_id, it.at]))
}

const asked = 500

/** How many of those who answered a campaign want no more messages. */
export async function countOptedOut(file: Statements, campaignId: string, contacts: Contacts): Promise<number> {
  let count = 0
  for (let after = 0; ; ) {
    const rows = await file.all<{ row_id: number; chat_id: string }>(
      'SELECT row_id, chat_id FROM campaign_replies WHERE campaign_id = ? AND row_id > ? ORDER BY row_id LIMIT ?',
      [campaignId, after, asked],
    )
    const standing = await contacts.standing(
      file,
      rows.map((it) => it.chat_id),
    )
    for (const it of rows) if (standing.get(it.chat_id)?.optedOut) count++
    if (rows.length < asked) return count
    after = rows.at(-1)!.row_id
  }
}
