import type { Statements, Tx } from '@waqtor/contracts'
import type { Via } from '../contract.ts'
import { chatHash } from './chat-hash.ts'

/** A chat by its hash; the id is missing where the person was erased meanwhile. */
export interface HashedChat {
  readonly hash: string
  readonly chatId: string | null
}

export interface OptOutRow {
  readonly chat_hash: string
  readonly chat_id: string | null
  readonly at: number
  readonly via: Via
  readonly reason: string | null
  readonly ended_at: number | null
}

export interface Said {
  readonly via: Via
  readonly at: number
  readonly reason?: string | undefined
}

/** Opts chats out. Answers those for whom that is new. */
export function insertOptOuts(tx: Tx, chats: readonly HashedChat[], { via, at, reason }: Said): Promise<OptOutRow[]> {
  return tx.all(
    `INSERT INTO opt_outs (chat_hash, chat_id, at, via, reason)
     SELECT value ->> 0, value ->> 1, ?, ?, ? FROM jsonb_each(?) WHERE true
     ON CONFLICT (chat_hash) DO UPDATE SET
       chat_id = coalesce(excluded.chat_id, chat_id), at = excluded.at, via = excluded.via, reason = excluded.reason, ended_at = NULL
     WHERE ended_at IS NOT NULL
     RETURNING *`,
    [at, via, reason ?? null, JSON.stringify(chats.map((it) => [it.hash, it.chatId]))],
  )
}

export interface SharedOptOut extends HashedChat {
  readonly at: number
}

/** Takes over opt-outs that were said elsewhere, unless the chat said something later here. Answers the new ones. */
export function insertSharedOptOuts(tx: Tx, chats: readonly SharedOptOut[]): Promise<OptOutRow[]> {
  return tx.all(
    `INSERT INTO opt_outs (chat_hash, chat_id, at, via)
     SELECT value ->> 0, value ->> 1, value ->> 2, 'everywhere' FROM jsonb_each(?) WHERE true
     ON CONFLICT (chat_hash) DO UPDATE SET
       chat_id = coalesce(excluded.chat_id, chat_id), at = excluded.at, via = excluded.via, reason = NULL, ended_at = NULL
     WHERE ended_at < excluded.at
     RETURNING *`,
    [JSON.stringify(chats.map((it) => [it.hash, it.chatId, it.at]))],
  )
}

/** Ends opt-outs. Answers those that held until now. */
export function endOptOuts(tx: Tx, hashes: readonly string[], at: number): Promise<OptOutRow[]> {
  return tx.all(
    'UPDATE opt_outs SET ended_at = ? WHERE ended_at IS NULL AND chat_hash IN (SELECT value FROM json_each(?)) RETURNING *',
    [at, JSON.stringify(hashes)],
  )
}

/** Which of these are opted out, by their place in the list. */
export async function selectOptedOut(file: Statements, hashes: readonly string[]): Promise<readonly number[]> {
  const rows = await file.all<{ place: number }>(
    'SELECT j.key AS place FROM json_each(?) j CROSS JOIN opt_outs o ON o.chat_hash = j.value WHERE o.ended_at IS NULL',
    [JSON.stringify(hashes)],
  )
  return rows.map((it) => it.place)
}

/** The last word of a chat, ended or not. */
export function selectOptOut(file: Statements, hash: string): Promise<OptOutRow | undefined> {
  return file.get('SELECT * FROM opt_outs WHERE chat_hash = ?', [hash])
}

export interface OptOutPlace {
  readonly at: number
  readonly hash: string
}

/** Those that hold, the latest first, before a place. */
export function selectOptOuts(
  file: Statements,
  before: OptOutPlace,
  limit: number,
): Promise<(OptOutRow & { readonly contact_id: string | null })[]> {
  return file.all(
    `SELECT o.*, (SELECT contact_id FROM contacts WHERE chat_id = o.chat_id) AS contact_id
     FROM opt_outs o WHERE ended_at IS NULL AND (at, chat_hash) < (?, ?) ORDER BY at DESC, chat_hash DESC LIMIT ?`,
    [before.at, before.hash, limit],
  )
}

/** Opt-outs of erased people who are back as contacts get their number again. */
export async function nameOptOuts(tx: Tx, chatIds: readonly string[]): Promise<void> {
  // Mostly nobody was erased, and then there is nothing to hash.
  if (!(await tx.get('SELECT 1 FROM opt_outs WHERE chat_id IS NULL LIMIT 1'))) return
  const nameless = await tx.all<{ hash: string; place: number }>(
    `SELECT j.value AS hash, j.key AS place
     FROM json_each(?) j CROSS JOIN opt_outs o ON o.chat_hash = j.value WHERE o.chat_id IS NULL`,
    [JSON.stringify(chatIds.map(chatHash))],
  )
  for (const { hash, place } of nameless)
    await tx.run('UPDATE opt_outs SET chat_id = ? WHERE chat_hash = ?', [chatIds[place]!, hash])
}

/** Leaves the hash alone, so that the opt-out still holds. */
export async function forgetNumber(tx: Tx, hash: string): Promise<void> {
  await tx.run('UPDATE opt_outs SET chat_id = NULL, reason = NULL WHERE chat_hash = ?', [hash])
}
