import type { ContactRecord, Statements } from '@waqtor/contracts'
import { compileFilter } from '../audiences/filter.ts'
import type { AudienceFilter } from '../contract.ts'
import { toRecord } from './rows.ts'
import { type Place, walk } from './walk.ts'

const PAGE = 1_000

/** Tells when somebody opted out; an import passes over it, for only a person's own word changes that. */
export const optedOutColumn = 'opted out at'

/**
 * The contacts that a filter lets in, in the order in which they came, in pages: what an export writes. Contacts made
 * meanwhile are in it, too.
 */
export async function* contactRows(
  file: Statements,
  filter?: AudienceFilter,
): AsyncGenerator<readonly ContactRecord[], void> {
  const where = filter && compileFilter(filter)
  let after: Place | undefined
  for (;;) {
    const rows = await walk(file, 'oldest', { after, where, limit: PAGE })
    if (rows.length > 0) yield rows.map(toRecord)
    if (rows.length < PAGE) return
    after = [rows.at(-1)!.id]
  }
}
