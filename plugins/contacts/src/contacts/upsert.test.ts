import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImportBatch, RejectedRow } from '@waqtor/tabular'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { type ContactsKernel, contactsKernel } from '../fixtures/contacts-kernel.ts'
import { contactRows } from './export.ts'
import { type ImportOptions, storeImport } from './import.ts'
import { merge } from './merge.ts'
import type { Person } from './rows.ts'
import { upsertMany } from './upsert.ts'

let directory: string
let test: ContactsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-upsert-'))
  test = await contactsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const chat = (i: number) => `2010012345${i}@c.us`
const person = (i: number, more: Partial<Person> = {}): Person => ({
  chatId: chat(i),
  name: '',
  language: null,
  tags: [],
  fields: {},
  consent: null,
  ...more,
})
const upsert = (persons: readonly Person[], onDuplicate: 'update' | 'skip' = 'update') =>
  test.file.write((tx) => upsertMany(tx, persons, { onDuplicate, now: Date.now() }))

describe('upserting many', () => {
  it('makes, adds to, and leaves alone; the same once more changes nothing', async () => {
    await upsert([person(1, { name: 'Mona', tags: ['a'], fields: { city: 'Cairo' } })])
    const people = [
      person(1, { name: '', tags: ['a', 'b'], fields: { city: '', size: 'L' } }),
      person(2, { name: 'Omar' }),
      person(2, { language: 'ar' }),
    ]
    expect(await upsert(people)).toEqual({ created: 1, updated: 1, unchanged: 0, refused: [] })
    expect(await upsert(people)).toEqual({ created: 0, updated: 0, unchanged: 2, refused: [] })
    expect(await test.run(contract.getContact, { contactId: chat(1) })).toMatchObject({
      name: 'Mona',
      tags: ['a', 'b'],
      fields: { city: 'Cairo', size: 'L' },
    })
    expect(await test.run(contract.getContact, { contactId: chat(2) })).toMatchObject({ name: 'Omar', language: 'ar' })
  })

  it('passes over those who are there when told to', async () => {
    await upsert([person(1, { name: 'Mona' })])
    expect(await upsert([person(1, { name: 'M' }), person(2)], 'skip')).toMatchObject({ created: 1, unchanged: 1 })
    expect(await test.run(contract.getContact, { contactId: chat(1) })).toMatchObject({ name: 'Mona' })
  })

  it('refuses the fields that are too many, and nothing else', async () => {
    const fields = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${from + i}`, 'x']))
    await upsert([person(1, { fields: fields(0, 60) })])
    expect(await upsert([person(1, { fields: fields(60, 5) }), person(2)])).toEqual({
      created: 1,
      updated: 0,
      unchanged: 0,
      refused: [chat(1)],
    })
  })
})

describe('the command', () => {
  it('names those that cannot be used by their place, and takes the others', async () => {
    await upsert([person(1, { name: 'Mona' })])
    const contacts = [
      { phone: chat(1), tags: ['a', 'a'] },
      { phone: 'nobody' },
      { phone: '+20 100 123 452', name: 'Omar' },
      { phone: '120363000000000000@g.us' },
    ]
    expect(await test.run(contract.upsertContacts, { contacts })).toEqual({
      created: 1,
      updated: 1,
      unchanged: 0,
      rejected: [
        { line: 2, value: 'nobody', reason: expect.stringContaining('neither a chat id nor a phone number') },
        { line: 4, value: '120363000000000000@g.us', reason: expect.stringContaining('is a group') },
      ],
    })
    expect(await test.run(contract.upsertContacts, { contacts })).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 2,
    })
  })
})

describe('merging', () => {
  const text = fc.constantFrom('', 'a', 'b')
  const someone: fc.Arbitrary<Person> = fc.record({
    chatId: fc.constant(chat(1)),
    name: text,
    language: fc.constantFrom(null, 'ar', 'en'),
    tags: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')),
    fields: fc.dictionary(fc.constantFrom('city', '__proto__', 'constructor'), text),
    consent: fc.constantFrom(null, { source: 's', text: 't', at: 1 }),
  })

  it('takes nothing away, and merging the same again is nothing new', () => {
    fc.assert(
      fc.property(someone, someone, (known, news) => {
        const both = merge(known, news)!
        expect(merge(both, news)).toBe(both)
        expect(merge(both, known)!.tags).toEqual(both.tags)
        for (const it of [...known.tags, ...news.tags]) expect(both.tags).toContain(it)
        for (const it of [...Object.keys(known.fields)]) expect(Object.hasOwn(both.fields, it)).toBe(true)
        for (const [name, value] of Object.entries(news.fields))
          if (value !== '') expect(Object.getOwnPropertyDescriptor(both.fields, name)?.value).toBe(value)
        if (known.consent) expect(both.consent).toBe(known.consent)
      }),
    )
  })
})

describe('an import', () => {
  const row = (line: number, i: number, fields = {}) => ({
    line,
    chatId: chat(i),
    name: `N${i}`,
    language: i === 1 ? 'AR-eg' : 'no language',
    tags: ['file'],
    consent: null,
    fields,
    raw: [chat(i), `N${i}`],
  })
  const columns = ['phone', 'name']
  const batches: ImportBatch[] = [
    {
      columns,
      rows: [row(2, 1), row(3, 2)],
      rejected: [{ line: 4, value: 'x', reason: 'no number', raw: ['x', ''] }],
      duplicates: [{ line: 5, chatId: chat(1) }],
    },
    { columns, rows: [row(6, 3)], rejected: [], duplicates: [] },
  ]
  async function* reader() {
    yield* batches
  }
  const run = async (more: Partial<ImportOptions> = {}) => {
    const rejected: RejectedRow[] = []
    const sum = await storeImport(test.file, reader(), {
      onDuplicate: 'update',
      tags: ['spring'],
      consent: { source: 'shop', text: 'yes', at: 7 },
      preview: false,
      signal: new AbortController().signal,
      reject: (_, rows) => void rejected.push(...rows),
      ...more,
    })
    return { ...sum, rejected }
  }
  const once = { created: 3, updated: 0, unchanged: 0, duplicates: 1, rejectedCount: 1, rejected: batches[0]!.rejected }

  it('says first what it would do, does it, and does it once', async () => {
    expect(await run({ preview: true })).toEqual(once)
    expect((await test.run(contract.listContacts, {})).items).toEqual([])
    expect(await run()).toEqual(once)
    expect(await run()).toEqual({ ...once, created: 0, unchanged: 3 })
    expect(await test.run(contract.getContact, { contactId: chat(1) })).toMatchObject({
      name: 'N1',
      language: 'ar-EG',
      tags: ['file', 'spring'],
      consent: { source: 'shop', text: 'yes', at: 7 },
    })
    expect(await test.run(contract.getContact, { contactId: chat(2) })).toMatchObject({ language: null })
  })

  it('brings back nobody who opted out', async () => {
    await test.write([chat(2), 'STOP'])
    await test.run(contract.erasePerson, { contactId: chat(2) })
    await run()
    expect((await test.run(contract.getContact, { contactId: chat(2) })).optedOutAt).toEqual(expect.any(Number))
  })

  it('names the cells that no contact can have, in the order of their lines', async () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, 'x']))
    const odd = [
      { name: 'a\0b' },
      { fields: many },
      { line: 5, tags: ['x'.repeat(65)] },
      { line: 6, fields: { note: 'x'.repeat(5_000) } },
      { line: 7, chatId: '12036304@g.us' },
      { line: 8, consent: { text: '', source: 'form', at: -1 } },
      { line: 9 },
    ]
    const rows = odd.map((it, i) => ({ ...row(i + 2, i), ...it }))
    async function* one() {
      yield { columns, rows, rejected: [{ line: 4, value: '', reason: 'bad', raw: ['', 'N'] }], duplicates: [] }
    }
    const rejected: string[] = []
    const sum = await storeImport(test.file, one(), {
      onDuplicate: 'update',
      tags: [],
      consent: null,
      preview: false,
      signal: new AbortController().signal,
      reject: (_, rows) => void rejected.push(...rows.map(({ line, reason }) => `${line} ${reason}`)),
    })
    expect(sum).toEqual({ created: 1, updated: 0, unchanged: 0, duplicates: 0, rejectedCount: 7 })
    expect(rejected).toEqual([
      '2 name: must be whole characters without NUL',
      '3 fields: must be at most 64',
      '4 bad',
      expect.stringMatching(/^5 tags\.0: /),
      expect.stringMatching(/^6 fields\.note: /),
      "7 '12036304@g.us' is a group; contacts are people",
      expect.stringMatching(/^8 consent\.at: /),
    ])
  })

  it('fills a list, and stops when it is told to', async () => {
    const { audienceId } = await test.run(contract.createAudience, { name: 'file' })
    const { id } = (await test.file.get<{ id: number }>('SELECT id FROM audiences'))!
    await upsert([person(2)])
    await run({ audience: id })
    expect((await test.run(contract.getAudience, { audienceId })).count).toBe(3)
    await expect(run({ signal: AbortSignal.abort() })).rejects.toThrow('abort')
  })
})

describe('an export', () => {
  it('gives everybody once, page by page, or those whom a filter lets in', async () => {
    const people = Array.from({ length: 2_300 }, (_, i) => ({
      ...person(0, { tags: i % 2 ? ['odd'] : [] }),
      chatId: `2010${10_000_000 + i}@c.us`,
    }))
    await upsert(people)
    const all = async (filter?: contract.AudienceFilter) => {
      const seen: string[] = []
      for await (const rows of contactRows(test.file, filter)) seen.push(...rows.map((it) => it.chatId))
      return seen
    }
    expect(await all()).toEqual(people.map((it) => it.chatId))
    expect(await all({ all: [{ on: 'tag', tag: 'odd' }], any: [], none: [] })).toHaveLength(1_150)
  })
})
