import type { Statements, Tx } from '@waqtor/contracts'
import { newId } from '@waqtor/kernel'
import { fold } from '../fold.ts'
import { nameOptOuts } from '../opt-out/store.ts'
import { type ContactRow, columns, type Person, type PersonRow, type StoredPerson, toPerson } from './rows.ts'

/** The contacts of these chats, as they are stored. */
export async function selectPersons(file: Statements, chatIds: readonly string[]): Promise<Map<string, StoredPerson>> {
  const rows = await file.all<PersonRow>(
    `SELECT c.id, c.chat_id, c.name, c.language, c.fields, c.consent,
       (SELECT json_group_array(tag) FROM contact_tags WHERE contact = c.id) AS tags
     FROM json_each(?) j CROSS JOIN contacts c ON c.chat_id = j.value`,
    [JSON.stringify(chatIds)],
  )
  return new Map(rows.map((it) => [it.chat_id, toPerson(it)]))
}

/** Everything about the contacts of these chats. */
export function selectByChat(file: Statements, chatIds: readonly string[]): Promise<ContactRow[]> {
  return file.all(`SELECT ${columns} FROM json_each(?) j CROSS JOIN contacts c ON c.chat_id = j.value`, [
    JSON.stringify(chatIds),
  ])
}

export function selectContact(
  file: Statements,
  key: { readonly contactId: string } | { readonly chatId: string },
): Promise<ContactRow | undefined> {
  return 'contactId' in key
    ? file.get(`SELECT ${columns} FROM contacts c WHERE c.contact_id = ?`, [key.contactId])
    : file.get(`SELECT ${columns} FROM contacts c WHERE c.chat_id = ?`, [key.chatId])
}

/** New contacts, none of which may be there already. Answers their numbers, in order. */
export async function insertContacts(tx: Tx, persons: readonly Person[], now: number): Promise<number[]> {
  if (persons.length === 0) return []
  // Given rather than drawn, the numbers are known to what refers to them.
  const last = await tx.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'contacts'")
  const first = (last?.seq ?? 0) + 1
  const rows = persons.map((it, i) => [
    first + i,
    newId('con'),
    it.chatId,
    it.name,
    fold(it.name),
    it.language,
    it.fields,
    it.consent,
  ])
  await tx.run(
    `INSERT INTO contacts (id, contact_id, chat_id, name, folded, language, fields, consent, created_at, updated_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, nullif(value -> 7, 'null'), ?, ?
     FROM jsonb_each(?) WHERE true`,
    [now, now, JSON.stringify(rows)],
  )
  const ids = persons.map((_, i) => first + i)
  await insertTags(
    tx,
    persons.flatMap((it, i) => it.tags.map((tag) => [first + i, tag] as const)),
  )
  await nameOptOuts(
    tx,
    persons.map((it) => it.chatId),
  )
  return ids
}

/** Writes contacts that have changed, except for their tags. */
export async function updateContacts(tx: Tx, persons: readonly StoredPerson[], now: number): Promise<void> {
  if (persons.length === 0) return
  const rows = persons.map((it) => [it.id, it.name, fold(it.name), it.language, it.fields, it.consent])
  await tx.run(
    `UPDATE contacts SET name = j.value ->> 1, folded = j.value ->> 2, language = j.value ->> 3, fields = j.value -> 4,
       consent = nullif(j.value -> 5, 'null'), updated_at = ?
     FROM jsonb_each(?) j WHERE contacts.id = j.value ->> 0`,
    [now, JSON.stringify(rows)],
  )
}

/** Tags that a contact has already are passed over. */
export async function insertTags(tx: Tx, tags: readonly (readonly [contact: number, tag: string])[]): Promise<void> {
  if (tags.length === 0) return
  await tx.run('INSERT OR IGNORE INTO contact_tags (contact, tag) SELECT value ->> 0, value ->> 1 FROM jsonb_each(?)', [
    JSON.stringify(tags),
  ])
}

export async function deleteTags(tx: Tx, contact: number): Promise<void> {
  await tx.run('DELETE FROM contact_tags WHERE contact = ?', [contact])
}

/** Removes a contact from everywhere but the opt-outs and what is known of its chat. */
export async function deleteContact(tx: Tx, id: number): Promise<void> {
  await deleteTags(tx, id)
  await tx.run('DELETE FROM audience_members WHERE contact = ?', [id])
  await tx.run('DELETE FROM contacts WHERE id = ?', [id])
}

/** Gives (or takes) every one of the tags to every one of the contacts. Answers how many contacts that changed. */
export async function changeTags(
  tx: Tx,
  how: 'add' | 'remove',
  contacts: readonly number[],
  tags: readonly string[],
  now: number,
): Promise<number> {
  const lists = [JSON.stringify(contacts), JSON.stringify(tags)]
  const changed = await tx.all<{ contact: number }>(
    how === 'add'
      ? `INSERT OR IGNORE INTO contact_tags (contact, tag)
         SELECT c.value, t.value FROM json_each(?) c CROSS JOIN json_each(?) t RETURNING contact`
      : `DELETE FROM contact_tags
         WHERE contact IN (SELECT value FROM json_each(?)) AND tag IN (SELECT value FROM json_each(?)) RETURNING contact`,
    lists,
  )
  const ids = [...new Set(changed.map((it) => it.contact))]
  await tx.run('UPDATE contacts SET updated_at = ? WHERE id IN (SELECT value FROM json_each(?))', [
    now,
    JSON.stringify(ids),
  ])
  return ids.length
}
