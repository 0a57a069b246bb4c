import type { Consent, ContactRecord } from '@waqtor/contracts'
import type { Contact } from '../contract.ts'

/** What a contact consists of, without what its chat says and does. */
export interface Person {
  readonly chatId: string
  readonly name: string
  readonly language: string | null
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  readonly consent: Consent | null
}

export interface StoredPerson extends Person {
  readonly id: number
}

/** A contact as `columns` reads it. */
export interface ContactRow {
  readonly id: number
  readonly contact_id: string
  readonly chat_id: string
  readonly name: string
  readonly sort_key: string
  readonly language: string | null
  /** JSON, as are `tags` and `consent`. */
  readonly fields: string
  readonly tags: string
  readonly consent: string | null
  readonly opted_out_at: number | null
  readonly wrote_at: number | null
  readonly created_at: number
  readonly updated_at: number
}

/** What of it makes a person. */
export type PersonRow = Pick<ContactRow, 'id' | 'chat_id' | 'name' | 'language' | 'fields' | 'tags' | 'consent'>

/** What is read of a contact `c`. */
export const columns = `c.id, c.contact_id, c.chat_id, c.name, c.sort_key, c.language, c.fields, c.consent,
  (SELECT json_group_array(tag) FROM contact_tags WHERE contact = c.id) AS tags,
  (SELECT at FROM opt_outs WHERE chat_id = c.chat_id AND ended_at IS NULL) AS opted_out_at,
  (SELECT at FROM contact_wrote WHERE chat_id = c.chat_id) AS wrote_at, c.created_at, c.updated_at`

export function toPerson(row: PersonRow): StoredPerson {
  return {
    id: row.id,
    chatId: row.chat_id,
    name: row.name,
    language: row.language,
    tags: JSON.parse(row.tags) as string[],
    fields: JSON.parse(row.fields) as Record<string, string>,
    consent: row.consent === null ? null : (JSON.parse(row.consent) as Consent),
  }
}

export function toRecord(row: ContactRow): ContactRecord {
  const { id: _, ...person } = toPerson(row)
  return { contactId: row.contact_id, ...person, optedOutAt: row.opted_out_at, wroteAt: row.wrote_at }
}

/** A contact as commands answer it. */
export function toContact(row: ContactRow): Contact {
  const { tags, ...record } = toRecord(row)
  return {
    ...record,
    phone: record.chatId.endsWith('@c.us') ? `+${record.chatId.slice(0, -'@c.us'.length)}` : null,
    tags: [...tags],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
