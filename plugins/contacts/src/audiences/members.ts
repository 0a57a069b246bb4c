import type { Statements } from '@waqtor/contracts'
import { type ContactRow, columns } from '../contacts/rows.ts'
import { count, type Sql, walk } from '../contacts/walk.ts'
import { AudienceFilter } from '../contract.ts'
import { compileFilter } from './filter.ts'
import type { AudienceRow } from './store.ts'

type Members = Pick<AudienceRow, 'id' | 'filter'>

/** Members after a contact's number, in the order in which they became contacts. */
export async function selectMembers(
  file: Statements,
  audience: Members,
  after: number,
  limit: number,
): Promise<ContactRow[]> {
  if (audience.filter !== null) return walk(file, 'oldest', { after: [after], where: whereOf(audience.filter), limit })
  return file.all(
    `SELECT ${columns} FROM audience_members m CROSS JOIN contacts c ON c.id = m.contact
     WHERE m.audience = ? AND m.contact > ? ORDER BY m.contact LIMIT ?`,
    [audience.id, after, limit],
  )
}

export async function countMembers(file: Statements, audience: Members): Promise<number> {
  if (audience.filter !== null) return count(file, whereOf(audience.filter))
  const found = await file.get<{ n: number }>('SELECT count(*) AS n FROM audience_members WHERE audience = ?', [
    audience.id,
  ])
  return found!.n
}

function whereOf(filter: string): Sql | undefined {
  return compileFilter(AudienceFilter.parse(JSON.parse(filter)))
}
