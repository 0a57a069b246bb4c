import { type Consent, fail, type Tx } from '@waqtor/contracts'
import { isWaqtorError, type z } from '@waqtor/kernel'
import type * as contract from '../contract.ts'
import type { Contact, Rejected } from '../contract.ts'
import { MOST_FIELDS } from '../contract.ts'
import { decodeCursor, encodeCursor, pageOf } from '../cursor.ts'
import type { InstanceFiles } from '../files.ts'
import type { Choices } from '../opt-out/choices.ts'
import { type Normalize, parseRef, personChatId, requireContact, selectIds } from './refs.ts'
import { type ContactRow, type Person, type StoredPerson, toContact, toPerson } from './rows.ts'
import { toSql } from './search.ts'
import {
  changeTags,
  deleteContact,
  deleteTags,
  insertContacts,
  insertTags,
  selectContact,
  updateContacts,
} from './store.ts'
import { tooManyFields, upsertMany } from './upsert.ts'
import { orders, type Place, walk } from './walk.ts'

type Input<C extends { readonly input: z.ZodType }> = z.output<C['input']>
type One = Input<typeof contract.getContact>

export interface ContactsOptions {
  readonly files: InstanceFiles
  readonly normalize: Normalize
  readonly choices: Choices
}

/** The commands about contacts. */
export class ContactBook {
  readonly #options: ContactsOptions

  constructor(options: ContactsOptions) {
    this.#options = options
  }

  async create({ instance, phone, consent, ...person }: Input<typeof contract.createContact>): Promise<Contact> {
    const { files, normalize } = this.#options
    const chatId = personChatId(normalize, phone)
    const file = await files(instance)
    return file.write(async (tx) => {
      const there = await selectContact(tx, { chatId })
      if (there) throw fail('WAQ_CONFLICT', `'${phone}' is a contact already: '${there.contact_id}'`)
      const now = Date.now()
      const tags = [...new Set(person.tags)]
      await insertContacts(tx, [{ ...person, chatId, tags, consent: consent ? dated(consent, now) : null }], now)
      return toContact(await requireContact(tx, { chatId }))
    })
  }

  async upsertMany({ instance, contacts, onDuplicate }: Input<typeof contract.upsertContacts>) {
    const now = Date.now()
    const places = new Map<string, number>()
    const persons: Person[] = []
    const rejected: Rejected[] = []
    for (const [i, { phone, consent, ...it }] of contacts.entries()) {
      try {
        const chatId = personChatId(this.#options.normalize, phone)
        places.set(chatId, i + 1)
        persons.push({ ...it, chatId, tags: [...new Set(it.tags)], consent: consent ? dated(consent, now) : null })
      } catch (error) {
        if (!isWaqtorError(error)) throw error
        rejected.push({ line: i + 1, value: phone, reason: error.message })
      }
    }
    const file = await this.#options.files(instance)
    const { refused, ...counts } = await file.write((tx) => upsertMany(tx, persons, { onDuplicate, now }))
    for (const it of refused) rejected.push({ line: places.get(it)!, value: it, reason: tooManyFields })
    return { ...counts, rejected: rejected.sort((a, b) => a.line - b.line) }
  }

  async list({ instance, order, limit, cursor, ...query }: Input<typeof contract.listContacts>) {
    const { files } = this.#options
    const after = decodeCursor<Place>(order, orders[order].begin, cursor)
    const rows = await walk(await files(instance), order, { after, where: toSql(query), limit: limit + 1 })
    return pageOf(rows, limit, toContact, (it) => encodeCursor(order, orders[order].placeOf(it)))
  }

  async get({ instance, contactId }: One): Promise<Contact> {
    const { files, normalize } = this.#options
    return toContact(await requireContact(await files(instance), parseRef(normalize, contactId)))
  }

  update({ optedOut, reason, ...change }: Input<typeof contract.updateContact>): Promise<Contact> {
    return this.#change(change, async (tx, row) => {
      const now = Date.now()
      const before = toPerson(row)
      const after = patched(before, change, now)
      await updateContacts(tx, [after], now)
      if (change.tags) {
        await deleteTags(tx, row.id)
        await insertTags(
          tx,
          after.tags.map((tag) => [row.id, tag] as const),
        )
      }
      const said = { via: 'request', at: now, reason } as const
      if (optedOut === true) await this.#options.choices.optOut(tx, [row.chat_id], said)
      if (optedOut === false) await this.#options.choices.optIn(tx, [row.chat_id], said)
      return toContact(await requireContact(tx, { chatId: row.chat_id }))
    })
  }

  remove(one: One): Promise<void> {
    return this.#change(one, (tx, row) => deleteContact(tx, row.id))
  }

  async retag(how: 'add' | 'remove', { instance, contactIds, tags }: Input<typeof contract.tagContacts>) {
    const { files, normalize } = this.#options
    const refs = contactIds.map((it) => parseRef(normalize, it))
    const file = await files(instance)
    const contacts = await file.write(async (tx) => changeTags(tx, how, await selectIds(tx, refs), tags, Date.now()))
    return { contacts }
  }

  async #change<T>({ instance, contactId }: One, change: (tx: Tx, row: ContactRow) => Promise<T>): Promise<T> {
    const { files, normalize } = this.#options
    const ref = parseRef(normalize, contactId)
    const file = await files(instance)
    return file.write(async (tx) => change(tx, await requireContact(tx, ref)))
  }
}

function patched(
  person: StoredPerson,
  { name, language, tags, fields, consent }: Omit<Input<typeof contract.updateContact>, 'optedOut' | 'reason'>,
  now: number,
): StoredPerson {
  const all = Object.entries({ ...person.fields, ...fields }).filter((it): it is [string, string] => it[1] !== null)
  if (all.length > MOST_FIELDS)
    throw fail('WAQ_CONFLICT', `a contact has at most ${MOST_FIELDS} fields; this one would have ${all.length}`)
  return {
    ...person,
    name: name ?? person.name,
    language: language === undefined ? person.language : language,
    tags: tags ? [...new Set(tags)] : person.tags,
    fields: Object.fromEntries(all),
    consent: consent === undefined ? person.consent : consent && dated(consent, now),
  }
}

function dated({ source, text, at }: z.output<typeof contract.ConsentInput>, now: number): Consent {
  return { source, text, at: at ?? now }
}
