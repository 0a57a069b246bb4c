import type { GatedRow, Statements, Tx } from '@waqtor/contracts'
import { dayMs, minuteOf, type SentMinute } from '../plan/pace.ts'
import type { StrangerDay } from '../plan/warm-up.ts'

/* What was begun, as far as a limit has to know of it. */

/** How many messages of a campaign began in each minute of the last day. */
export function paceOf(file: Statements, campaignId: string, now: number): Promise<SentMinute[]> {
  return file.all('SELECT minute, n FROM campaign_pace WHERE campaign_id = ? AND minute >= ? ORDER BY minute', [
    campaignId,
    minuteOf(now - dayMs) - 1,
  ])
}

export async function notePace(tx: Tx, campaignId: string, count: number, now: number): Promise<void> {
  const minute = minuteOf(now)
  const { changes } = await tx.run('UPDATE campaign_pace SET n = n + ? WHERE campaign_id = ? AND minute = ?', [
    count,
    campaignId,
    minute,
  ])
  if (changes > 0) return
  await tx.run('INSERT INTO campaign_pace (campaign_id, minute, n) VALUES (?, ?, ?)', [campaignId, minute, count])
  await tx.run('DELETE FROM campaign_pace WHERE campaign_id = ? AND minute < ?', [
    campaignId,
    minuteOf(now - 2 * dayMs),
  ])
}

/** When each of these chats got a message of another campaign last. */
export async function lastOfOthers(
  file: Statements,
  campaignId: string,
  chatIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await file.all<{ chat_id: string; at: number }>(
    'SELECT chat_id, at FROM courtesy_last WHERE chat_id IN (SELECT value FROM json_each(?)) AND campaign_id <> ?',
    [JSON.stringify(chatIds), campaignId],
  )
  return new Map(rows.map((it) => [it.chat_id, it.at]))
}

export async function noteLast(tx: Tx, campaignId: string, rows: readonly GatedRow[], now: number): Promise<void> {
  await tx.run(`INSERT OR REPLACE INTO courtesy_last (chat_id, campaign_id, at) SELECT value, ?, ? FROM json_each(?)`, [
    campaignId,
    now,
    JSON.stringify(rows.map((it) => it.chatId)),
  ])
}

/** How many people who never wrote to us were written to, by day; the latest of them. */
export function strangersByDay(file: Statements): Promise<StrangerDay[]> {
  return file.all('SELECT day, n FROM courtesy_strangers ORDER BY day DESC LIMIT 100')
}

export async function noteStrangers(tx: Tx, day: string, count: number): Promise<void> {
  await tx.run(
    'INSERT INTO courtesy_strangers (day, n) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET n = n + excluded.n',
    [day, count],
  )
}
