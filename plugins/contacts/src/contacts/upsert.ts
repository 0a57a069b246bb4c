import type { Statements, Tx } from '@waqtor/contracts'
import { addMembers } from '../audiences/store.ts'
import { MOST_FIELDS } from '../contract.ts'
import { merge } from './merge.ts'
import type { Person, StoredPerson } from './rows.ts'
import { insertContacts, insertTags, selectPersons, updateContacts } from './store.ts'

/** Why somebody was refused. */
export const tooManyFields = `the contact would have more than ${MOST_FIELDS} fields`

export interface UpsertOptions {
  readonly onDuplicate: 'update' | 'skip'
  /** A list that everybody joins. */
  readonly audience?: number | undefined
  readonly now: number
}

export interface Upserted {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Chats whose contact would have too many fields; they are as they were. */
  readonly refused: readonly string[]
}

/** What would become of these people. */
interface Plan {
  readonly fresh: readonly Person[]
  readonly changed: readonly StoredPerson[]
  readonly unchanged: readonly StoredPerson[]
  readonly refused: readonly string[]
}

/** Says what `upsertMany` would do, and changes nothing. */
export async function previewUpsert(
  file: Statements,
  persons: readonly Person[],
  { onDuplicate }: Pick<UpsertOptions, 'onDuplicate'>,
): Promise<Upserted> {
  return counted(await plan(file, persons, onDuplicate))
}

/**
 * Makes people contacts who are none, and adds to those who are. The same people a second time change nothing. For
 * thousands in a transaction: each statement takes all of them.
 */
export async function upsertMany(
  tx: Tx,
  persons: readonly Person[],
  { onDuplicate, audience, now }: UpsertOptions,
): Promise<Upserted> {
  const planned = await plan(tx, persons, onDuplicate)
  const { fresh, changed, unchanged } = planned
  const ids = await insertContacts(tx, fresh, now)
  await updateContacts(tx, changed, now)
  await insertTags(
    tx,
    changed.flatMap((it) => it.tags.map((tag) => [it.id, tag] as const)),
  )
  if (audience !== undefined) await addMembers(tx, audience, [...ids, ...[...changed, ...unchanged].map((it) => it.id)])
  return counted(planned)
}

async function plan(
  file: Statements,
  persons: readonly Person[],
  onDuplicate: UpsertOptions['onDuplicate'],
): Promise<Plan> {
  const refused: string[] = []
  const given = new Map<string, Person>()
  for (const it of persons) {
    const before = given.get(it.chatId)
    const both = before ? merge(before, it) : it
    if (both) given.set(it.chatId, both)
    else refused.push(it.chatId)
  }
  const known = await selectPersons(file, [...given.keys()])
  const fresh: Person[] = []
  const changed: StoredPerson[] = []
  const unchanged: StoredPerson[] = []
  for (const it of given.values()) {
    const contact = known.get(it.chatId)
    const both = contact && onDuplicate === 'update' ? merge(contact, it) : contact
    if (!contact) fresh.push(it)
    else if (!both) refused.push(it.chatId)
    else if (both === contact) unchanged.push(contact)
    else changed.push(both)
  }
  return { fresh, changed, unchanged, refused }
}

function counted({ fresh, changed, unchanged, refused }: Plan): Upserted {
  return { created: fresh.length, updated: changed.length, unchanged: unchanged.length, refused }
}
