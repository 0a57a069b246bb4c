import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Contacts } from '@waqtor/contracts'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Person } from '../contacts/rows.ts'
import { upsertMany } from '../contacts/upsert.ts'
import { count, walk } from '../contacts/walk.ts'
import * as contract from '../contract.ts'
import { type ContactsKernel, contactsKernel, incoming } from '../fixtures/contacts-kernel.ts'
import { fold } from '../fold.ts'
import { compileFilter } from './filter.ts'

let directory: string
let test: ContactsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-audiences-'))
  test = await contactsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const chat = (i: number) => `2010${String(i).padStart(8, '0')}@c.us`
const upsert = (persons: readonly Partial<Person>[], now = 1_000) =>
  test.file.write((tx) =>
    upsertMany(
      tx,
      persons.map((it, i) => ({
        chatId: chat(i),
        name: '',
        language: null,
        tags: [],
        fields: {},
        consent: null,
        ...it,
      })),
      { onDuplicate: 'update', now },
    ),
  )
const members = async (audienceId: string) => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await test.run(contract.listMembers, { audienceId, limit: 2, ...(cursor && { cursor }) })
    seen.push(...page.items.map((it) => it.chatId))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return seen
}

describe('a list', () => {
  it('takes contacts and numbers, makes contacts of strangers, and lets them go', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: chat(1), name: 'Mona' })
    const { audienceId, kind, count } = await test.run(contract.createAudience, { name: 'Spring' })
    expect({ kind, count }).toEqual({ kind: 'list', count: 0 })
    const add = [contactId, '+201000000002', '00201000000002', chat(3), 'con_none']
    expect(await test.run(contract.updateAudience, { audienceId, add, name: 'Summer' })).toMatchObject({
      name: 'Summer',
      count: 3,
    })
    expect(await members(audienceId)).toEqual([chat(1), chat(2), chat(3)])
    expect(await test.run(contract.updateAudience, { audienceId, remove: [chat(2), chat(9)] })).toMatchObject({
      count: 2,
    })
    expect(await test.run(contract.getContact, { contactId: chat(2) })).toMatchObject({ name: '' })
    await expect(
      test.run(contract.updateAudience, { audienceId, filter: { all: [{ on: 'consent' }] } }),
    ).rejects.toMatchObject({ code: 'WAQ_CONFLICT' })
  })

  it('is one of many, listed newest first, and goes without its members', async () => {
    const made: string[] = []
    for (const name of ['a', 'b', 'c']) made.push((await test.run(contract.createAudience, { name })).audienceId)
    await test.run(contract.updateAudience, { audienceId: made[0]!, add: [chat(1)] })
    const first = await test.run(contract.listAudiences, { limit: 2 })
    expect(first.items.map((it) => it.name)).toEqual(['c', 'b'])
    const second = await test.run(contract.listAudiences, { limit: 2, cursor: first.nextCursor! })
    expect(second).toMatchObject({ items: [{ name: 'a' }], nextCursor: null })
    await test.run(contract.deleteAudience, { audienceId: made[0]! })
    await expect(test.run(contract.getAudience, { audienceId: made[0]! })).rejects.toMatchObject({ status: 404 })
    expect(await test.file.all('SELECT * FROM audience_members')).toEqual([])
    expect((await test.run(contract.listContacts, {})).items).toHaveLength(1)
  })
})

describe('a filter', () => {
  it('has whoever fits it now, takes nobody by hand, and may be changed', async () => {
    await upsert([{ tags: ['vip'], language: 'ar-EG' }, { tags: ['vip'] }, { tags: ['vip', 'old'], language: 'ar' }])
    const { audienceId, count } = await test.run(contract.createAudience, {
      name: 'VIP',
      filter: { all: [{ on: 'tag', tag: 'vip' }], any: [{ on: 'language', language: 'ar' }] },
    })
    expect(count).toBe(2)
    expect(await members(audienceId)).toEqual([chat(0), chat(2)])
    await expect(test.run(contract.updateAudience, { audienceId, add: [chat(1)] })).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
    })
    const filter = { all: [{ on: 'tag', tag: 'vip' }], none: [{ on: 'tag', tag: 'old' }] } as const
    expect(
      await test.run(contract.updateAudience, { audienceId, filter: structuredClone(filter) as never }),
    ).toMatchObject({ count: 2 })
    expect(await members(audienceId)).toEqual([chat(0), chat(1)])
  })

  const text = fc.constantFrom('a', 'A', 'ab', '%', '_', "'", '"', '$.a', '{{x}}', 'é')
  const name = fc.constantFrom('city', '__proto__', 'constructor', 'a.b', '$[0]', '"', "';--")
  const language = fc.constantFrom('ar', 'ar-EG', 'arz', 'en')
  const condition: fc.Arbitrary<contract.Condition> = fc.oneof(
    fc.record({ on: fc.constant('tag' as const), tag: text }),
    fc.record({ on: fc.constant('language' as const), language }),
    fc.record({ on: fc.constant('name' as const), contains: text }),
    fc.record({ on: fc.constant('field' as const), field: name, equals: fc.oneof(text, fc.constant('')) }),
    fc.record({ on: fc.constant('field-contains' as const), field: name, text }),
    fc.record({ on: fc.constant('field-exists' as const), field: name }),
    fc.record({ on: fc.constant('consent' as const) }),
    fc.record({ on: fc.constant('opted-out' as const) }),
    fc.record({ on: fc.constant('wrote' as const) }),
    fc.record({ on: fc.constant('wrote' as const), after: fc.constantFrom(0, 1, 5) }),
    fc.record({ on: fc.constant('created' as const), after: fc.constantFrom(0, 999, 1_000) }),
  )
  const conditions = fc.array(condition, { maxLength: 3 })
  const filter = fc.record({ all: conditions, any: conditions, none: conditions })
  interface Someone extends Person {
    readonly optedOut: boolean
    readonly wroteAt: number | null
  }
  const someone: fc.Arbitrary<Omit<Someone, 'chatId'>> = fc.record({
    name: fc.oneof(fc.constant(''), text),
    language: fc.oneof(fc.constant(null), language),
    tags: fc.uniqueArray(text, { maxLength: 3 }),
    fields: fc.dictionary(name, fc.oneof(fc.constant(''), text), { noNullPrototype: true }),
    consent: fc.constantFrom(null, { source: 's', text: 't', at: 0 }),
    optedOut: fc.boolean(),
    wroteAt: fc.constantFrom(null, 0, 1, 6),
  })

  /** The same in plain JavaScript. */
  const holds = (it: Someone, createdAt: number) => (condition: contract.Condition) => {
    const value = (field: string) => (Object.hasOwn(it.fields, field) ? it.fields[field] : undefined)
    switch (condition.on) {
      case 'tag':
        return it.tags.includes(condition.tag)
      case 'language':
        return it.language === condition.language || it.language?.startsWith(`${condition.language}-`) === true
      case 'name':
        return fold(it.name).includes(fold(condition.contains))
      case 'field':
        return value(condition.field) === condition.equals
      case 'field-contains':
        return value(condition.field)?.includes(condition.text) === true
      case 'field-exists':
        return value(condition.field) !== undefined
      case 'consent':
        return it.consent !== null
      case 'opted-out':
        return it.optedOut
      case 'wrote':
        return it.wroteAt !== null && it.wroteAt > (condition.after ?? -1)
      case 'created':
        return createdAt > condition.after
    }
  }

  it('finds exactly those of whom it is true', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someone, { maxLength: 8 }),
        fc.array(filter, { minLength: 1, maxLength: 12 }),
        async (given, filters) => {
          const people = given.map((it, i) => ({ ...it, chatId: chat(i) }))
          for (const table of ['contacts', 'contact_tags', 'contact_wrote', 'opt_outs'])
            await test.file.write((tx) => tx.run(`DELETE FROM ${table}`))
          await test.file.write((tx) => upsertMany(tx, people, { onDuplicate: 'skip', now: 1_000 }))
          const said = people.flatMap(({ chatId, wroteAt }) =>
            wroteAt === null
              ? []
              : [{ type: 'message' as const, message: incoming(chatId, 'hi', { timestamp: wroteAt }) }],
          )
          await test.account.report(...said)
          const numbers = people.filter((it) => it.optedOut).map((it) => it.chatId)
          if (numbers.length > 0) await test.run(contract.addOptOuts, { numbers })

          for (const { all, any, none } of filters) {
            const expected = people.filter((it) => {
              const check = holds(it, 1_000)
              return all.every(check) && (any.length === 0 || any.some(check)) && !none.some(check)
            })
            const where = compileFilter({ all, any, none })
            const found = await walk(test.file, 'oldest', { where, limit: 100 })
            expect(found.map((it) => it.chat_id)).toEqual(expected.map((it) => it.chatId))
            expect(await count(test.file, where)).toBe(expected.length)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the service', () => {
  it('gives an audience page by page, opted-out members included', async () => {
    await upsert([{ tags: ['t'] }, {}, { tags: ['t'] }, { tags: ['t'] }])
    await test.run(contract.addOptOuts, { numbers: [chat(2)] })
    const { audienceId } = await test.run(contract.createAudience, {
      name: 'T',
      filter: { all: [{ on: 'tag', tag: 't' }] },
    })
    const service = test.service(Contacts)
    expect(await service.audience('default', audienceId)).toEqual({ audienceId, name: 'T', kind: 'filter' })
    const seen: string[] = []
    for (let after: number | null = 0; after !== null; ) {
      const { items, next }: Awaited<ReturnType<Contacts['members']>> = await service.members(
        'default',
        audienceId,
        after,
        2,
      )
      seen.push(...items.map((it) => it.chatId))
      after = next
    }
    expect(seen).toEqual([chat(0), chat(2), chat(3)])
    await expect(service.audience('default', 'aud_none')).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })
})
