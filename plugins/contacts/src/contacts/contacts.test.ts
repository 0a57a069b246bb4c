import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Contacts } from '@waqtor/contracts'
import { leftBehind, snapshot } from '@waqtor/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { type ContactsKernel, contactsKernel } from '../fixtures/contacts-kernel.ts'
import contacts from '../index.ts'
import { upsertMany } from './upsert.ts'

let directory: string
let test: ContactsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-contacts-'))
  test = await contactsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const person = (i: number, more = {}) => ({
  chatId: `2010${String(i).padStart(8, '0')}@c.us`,
  name: `Name ${i}`,
  language: null,
  tags: [],
  fields: {},
  consent: null,
  ...more,
})
const fill = (count: number, more: (i: number) => object = () => ({})) =>
  test.file.write((tx) =>
    upsertMany(
      tx,
      Array.from({ length: count }, (_, i) => person(i, more(i))),
      { onDuplicate: 'update', now: 1_000 },
    ),
  )
type ListInput = Parameters<typeof test.run<typeof contract.listContacts.input, typeof contract.listContacts.output>>[1]
const names = async (query: ListInput) => (await test.run(contract.listContacts, query)).items.map((it) => it.name)
const allPages = async (query: ListInput) => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await test.run(contract.listContacts, { ...query, ...(cursor && { cursor }) })
    seen.push(...page.items.map((it) => it.chatId))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return seen
}

describe('a contact', () => {
  it('is made from a number in any writing and found by id and by number', async () => {
    const made = await test.run(contract.createContact, {
      phone: '+20 (100) 123-4567',
      name: ' منى ',
      language: 'AR-eg',
      tags: ['vip', 'vip', 'new'],
      fields: { city: 'القاهرة' },
      consent: { source: 'form', text: 'Write to me', at: 5 },
    })
    expect(made).toMatchObject({
      contactId: expect.stringMatching(/^con_/),
      chatId: '201001234567@c.us',
      phone: '+201001234567',
      name: 'منى',
      language: 'ar-EG',
      tags: ['new', 'vip'],
      fields: { city: 'القاهرة' },
      consent: { source: 'form', text: 'Write to me', at: 5 },
      optedOutAt: null,
      wroteAt: null,
    })
    expect(await test.run(contract.getContact, { contactId: made.contactId })).toEqual(made)
    expect(await test.run(contract.getContact, { contactId: '٠٠٢٠١٠٠١٢٣٤٥٦٧' })).toEqual(made)
  })

  it('is one for each person, and no group', async () => {
    await test.run(contract.createContact, { phone: '+201001234567' })
    await expect(test.run(contract.createContact, { phone: '00201001234567' })).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
    })
    await expect(test.run(contract.createContact, { phone: '120363000000000000@g.us' })).rejects.toMatchObject({
      code: 'WAQ_CHAT_ID_INVALID',
    })
    await expect(test.run(contract.getContact, { contactId: 'con_none' })).rejects.toMatchObject({ status: 404 })
    await expect(test.run(contract.getContact, { contactId: '+201001234568' })).rejects.toMatchObject({ status: 404 })
    await expect(test.run(contract.listContacts, { instance: 'garage' })).rejects.toMatchObject({
      code: 'WAQ_INSTANCE_UNKNOWN',
    })
  })

  it('changes by what is named, and keeps the rest', async () => {
    const { contactId } = await test.run(contract.createContact, {
      phone: '+201001234567',
      name: 'Mona',
      language: 'ar',
      tags: ['old'],
      fields: { city: 'Cairo', note: 'x' },
      consent: { source: 'form', text: 'yes' },
    })
    const changed = await test.run(contract.updateContact, {
      contactId,
      tags: ['new', 'vip'],
      fields: { note: null, size: 'L' },
      consent: null,
    })
    expect(changed).toMatchObject({ name: 'Mona', language: 'ar', tags: ['new', 'vip'], consent: null })
    expect(changed.fields).toEqual({ city: 'Cairo', size: 'L' })
    expect(await test.run(contract.updateContact, { contactId, name: 'منى', language: null })).toMatchObject({
      name: 'منى',
      language: null,
      tags: ['new', 'vip'],
    })
  })

  it('has fields of any name, and not too many', async () => {
    const fields = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c", "a.b[0]\\"$": "d"}')
    const { contactId, fields: kept } = await test.run(contract.createContact, { phone: '+201001234567', fields })
    expect(kept).toMatchObject({ constructor: 'b', toString: 'c', 'a.b[0]"$': 'd' })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    const many = Object.fromEntries(Array.from({ length: 62 }, (_, i) => [`f${i}`, 'x']))
    await expect(test.run(contract.updateContact, { contactId, fields: many })).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
    })
    await expect(test.run(contract.updateContact, { contactId, name: 'a\0b' })).rejects.toMatchObject({ status: 400 })
    await expect(test.run(contract.updateContact, { contactId, language: 'no language' })).rejects.toMatchObject({
      status: 400,
    })
  })

  it('leaves nothing behind but its opt-out', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: '+201001234567', tags: ['vip'] })
    const { audienceId } = await test.run(contract.createAudience, { name: 'all' })
    await test.run(contract.updateAudience, { audienceId, add: [contactId] })
    await test.run(contract.deleteContact, { contactId })
    await expect(test.run(contract.getContact, { contactId })).rejects.toMatchObject({ status: 404 })
    for (const table of ['contacts', 'contact_tags', 'audience_members'])
      expect(await test.file.all(`SELECT * FROM ${table}`)).toEqual([])
  })

  it('is exported with everything that is known', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: '+201001234567', name: 'Mona' })
    const { audienceId } = await test.run(contract.createAudience, { name: 'spring' })
    await test.run(contract.updateAudience, { audienceId, add: [contactId] })
    await test.write(['201001234567@c.us', 'stop'], ['201001234567@c.us', 'oh well'])
    expect(await test.run(contract.exportPerson, { contactId })).toMatchObject({
      contact: { contactId, name: 'Mona', wroteAt: expect.any(Number), optedOutAt: expect.any(Number) },
      optOut: { via: 'message', reason: null, endedAt: null },
      audiences: [{ audienceId, name: 'spring' }],
    })
  })
})

describe('tags', () => {
  it('are given to and taken from many at once; who is no contact is passed over', async () => {
    await fill(3)
    const ids = (await test.run(contract.listContacts, {})).items.map((it) => it.contactId)
    const [first = '', second = ''] = ids
    const tag = { contactIds: [first, '+201000000000', second, 'con_none', '+201099999999'], tags: ['a', 'b'] }
    expect(await test.run(contract.tagContacts, tag)).toEqual({ contacts: 3 })
    expect(await test.run(contract.tagContacts, { ...tag, contactIds: [first] })).toEqual({ contacts: 0 })
    expect(await test.run(contract.untagContacts, { contactIds: [first], tags: ['a', 'c'] })).toEqual({ contacts: 1 })
    expect((await test.run(contract.getContact, { contactId: first })).tags).toEqual(['b'])
    expect(await names({ tag: 'a' })).toEqual(['Name 1', 'Name 0'])
  })
})

describe('the list', () => {
  it('is filtered by tag, language, opt-out, and part of a name or number', async () => {
    await fill(4, (i) => ({
      name: ['Émile', 'مَريم', 'emil', 'Omar'][i],
      language: ['fr', 'ar-EG', null, 'arz'][i],
      tags: i % 2 ? ['odd'] : [],
    }))
    await test.run(contract.addOptOuts, { numbers: ['+201000000003'] })
    expect(await names({ search: 'EMIL' })).toEqual(['emil', 'Émile'])
    expect(await names({ search: 'مريم' })).toEqual(['مَريم'])
    expect(await names({ search: '+20 100-0000 001' })).toEqual(['مَريم'])
    expect(await names({ search: '%' })).toEqual([])
    expect(await names({ tag: 'odd' })).toEqual(['Omar', 'مَريم'])
    expect(await names({ language: 'ar' })).toEqual(['مَريم'])
    expect(await names({ optedOut: true })).toEqual(['Omar'])
    expect(await names({ optedOut: false, tag: 'odd' })).toEqual(['مَريم'])
    expect(await names({ order: 'name' })).toEqual(['emil', 'Émile', 'Omar', 'مَريم'])
  })

  it('has everybody exactly once, in each order, however it is paged and filtered', async () => {
    await fill(57, (i) => ({ name: `N ${i % 5}`, tags: i % 3 === 0 ? ['third'] : [] }))
    for (const order of ['newest', 'name'] as const) {
      for (const limit of [1, 7, 57]) {
        const seen = await allPages({ order, limit })
        expect(seen).toHaveLength(57)
        expect(new Set(seen).size).toBe(57)
        expect(await allPages({ order, limit, tag: 'third' })).toEqual(
          seen.filter((it) => Number(it.slice(4, 12)) % 3 === 0),
        )
      }
    }
  })

  it('pages alike at the end of a hundred thousand', async () => {
    for (let at = 0; at < 100_000; at += 10_000) {
      await test.file.write((tx) =>
        upsertMany(
          tx,
          Array.from({ length: 10_000 }, (_, i) => person(at + i, { tags: at + i === 5 ? ['rare'] : [] })),
          { onDuplicate: 'update', now: 1 },
        ),
      )
    }
    const plan = async (sql: string, ...params: (string | number)[]) =>
      (await test.file.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)).map((it) => it.detail).join('\n')
    expect(await plan('SELECT * FROM contacts c WHERE c.id < ? ORDER BY c.id DESC LIMIT 51', 9)).toBe(
      'SEARCH c USING INTEGER PRIMARY KEY (rowid<?)',
    )
    expect(
      await plan(
        'SELECT * FROM contacts c WHERE (c.sort_key, c.id) > (?, ?) AND (c.sort_key, c.id) <= (?, ?) ORDER BY c.sort_key, c.id LIMIT 51',
        'n',
        9,
        'o',
        9,
      ),
    ).toBe('SEARCH c USING INDEX contacts_by_name (sort_key>? AND sort_key<?)')
    expect(await names({ tag: 'rare' })).toEqual(['Name 5'])
    expect(await names({ tag: 'rare', order: 'name' })).toEqual(['Name 5'])
    expect((await test.run(contract.listContacts, { search: 'Name 99', limit: 500 })).items).toHaveLength(500)
  })

  it('refuses a cursor that is not its own', async () => {
    await fill(3)
    const { nextCursor } = await test.run(contract.listContacts, { limit: 1 })
    for (const cursor of [nextCursor!, 'x', Buffer.from('["name","a",1.5]').toString('base64url')])
      await expect(test.run(contract.listContacts, { order: 'name', cursor })).rejects.toMatchObject({
        code: 'WAQ_CURSOR_INVALID',
      })
  })
})

describe('the service', () => {
  it('finds the contacts of chats, also within the transaction that made them', async () => {
    const service = test.service(Contacts)
    await test.file.write(async (tx) => {
      await upsertMany(tx, [person(1, { fields: { a: 'b' } })], { onDuplicate: 'update', now: 1 })
      const found = await service.find(tx, [person(1).chatId, person(2).chatId])
      expect([...found.keys()]).toEqual([person(1).chatId])
      expect(found.get(person(1).chatId)).toMatchObject({ name: 'Name 1', fields: { a: 'b' }, wroteAt: null })
    })
  })
})

describe('the plugin', () => {
  it('leaves nothing behind when it is reloaded and closed', async () => {
    await test.run(contract.createContact, { phone: '+201001234567' })
    const before = snapshot(test.kernel)
    const options = [{ optOut: 'everywhere' }, { optOutStops: [] }, {}] as const
    for (const option of options) {
      const restarted = await test.reload((it) =>
        it.spec.name === 'contacts' ? contacts(structuredClone(option) as never) : it,
      )
      expect(restarted).toContain('contacts')
      expect(test.gates.size).toBe(1)
    }
    expect(await leftBehind(before, () => snapshot(test.kernel))).toEqual([])
  })
})
