import type { Database, DatabaseState } from '@waqtor/contracts'
import { type Call, reaches } from '@waqtor/kernel'

/** The states of the files that the caller reaches. */
export function visibleStates(
  database: Pick<Database, 'states'>,
  { principal }: Pick<Call, 'principal'>,
): DatabaseState[] {
  return database.states().filter(({ name }) => principal && reaches(principal, name === 'host' ? null : name))
}
