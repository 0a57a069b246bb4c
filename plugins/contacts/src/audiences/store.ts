import type { Statements, Tx } from '@waqtor/contracts'

export interface AudienceRow {
  readonly id: number
  readonly audience_id: string
  readonly name: string
  /** JSON; `null` for a list. */
  readonly filter: string | null
  readonly created_at: number
  readonly updated_at: number
}

export async function insertAudience(
  tx: Tx,
  { audienceId, name, filter }: { readonly audienceId: string; readonly name: string; readonly filter: string | null },
  now: number,
): Promise<void> {
  await tx.run('INSERT INTO audiences (audience_id, name, filter, created_at, updated_at) VALUES (?, ?, ?, ?, ?)', [
    audienceId,
    name,
    filter,
    now,
    now,
  ])
}

export function selectAudience(file: Statements, audienceId: string): Promise<AudienceRow | undefined> {
  return file.get('SELECT * FROM audiences WHERE audience_id = ?', [audienceId])
}

/** Newest first. */
export function selectAudiences(file: Statements, before: number, limit: number): Promise<AudienceRow[]> {
  return file.all('SELECT * FROM audiences WHERE id < ? ORDER BY id DESC LIMIT ?', [before, limit])
}

/** The lists that name a contact. */
export function selectAudiencesOf(file: Statements, contact: number): Promise<AudienceRow[]> {
  return file.all(
    'SELECT a.* FROM audience_members m JOIN audiences a ON a.id = m.audience WHERE m.contact = ? ORDER BY a.id',
    [contact],
  )
}

export async function updateAudience(
  tx: Tx,
  { id, name, filter }: Pick<AudienceRow, 'id' | 'name' | 'filter'>,
  now: number,
): Promise<void> {
  await tx.run('UPDATE audiences SET name = ?, filter = ?, updated_at = ? WHERE id = ?', [name, filter, now, id])
}

export async function deleteAudience(tx: Tx, id: number): Promise<void> {
  await tx.run('DELETE FROM audience_members WHERE audience = ?', [id])
  await tx.run('DELETE FROM audiences WHERE id = ?', [id])
}

/** A contact that is a member already stays one. */
export async function addMembers(tx: Tx, audience: number, contacts: readonly number[]): Promise<void> {
  await tx.run('INSERT OR IGNORE INTO audience_members (audience, contact) SELECT ?, value FROM json_each(?)', [
    audience,
    JSON.stringify(contacts),
  ])
}

export async function removeMembers(tx: Tx, audience: number, contacts: readonly number[]): Promise<void> {
  await tx.run('DELETE FROM audience_members WHERE audience = ? AND contact IN (SELECT value FROM json_each(?))', [
    audience,
    JSON.stringify(contacts),
  ])
}
