import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Contacts, type GatedRow, Messaging } from '@waqtor/contracts'
import { listMessages } from '@waqtor/plugin-messages/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '../contract.ts'
import { type ContactsKernel, contactsKernel, incoming } from '../fixtures/contacts-kernel.ts'

let directory: string
let test: ContactsKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-opt-out-'))
  test = await contactsKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const mona = '201001234567@c.us'
const omar = '201001234568@c.us'
const facts = (type: string) => test.events.filter((it) => it.type === type).map((it) => it.data)
const optedOut = async () => (await test.run(contract.listOptOuts, {})).items.map((it) => it.chatId)
const row = (id: number, chatId: string, source: GatedRow['source'] = 'campaign'): GatedRow => ({
  id,
  chatId,
  source,
  queue: 'cmp_1',
  part: 0,
})
const gate = () => [...test.gates][0]!
const check = async (...rows: GatedRow[]) =>
  Object.fromEntries(await test.file.write((tx) => gate().check(tx, rows, 0)))

describe('a word of opt-out', () => {
  it.each([0, 7, 19])('is heard at place %i of a batch of messages', async (place) => {
    const chats = Array.from({ length: 20 }, (_, i) => `2010012300${String(i).padStart(2, '0')}@c.us`)
    await test.write(...chats.map((chat, i) => [chat, i === place ? 'STOP' : 'hello'] as const))
    expect(await optedOut()).toEqual([chats[place]])
    expect(facts('contact.opted-out')).toEqual([{ contactId: null, chatId: chats[place], via: 'message' }])
  })

  it('names the contact, counts once, and ends with a word of opt-in', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: '+201001234567' })
    await test.write([mona, 'إلغاء'], [mona, 'إلغاء الاشتراك'])
    await test.write([mona, 'stop'])
    expect(facts('contact.opted-out')).toEqual([{ contactId, chatId: mona, via: 'message' }])
    expect((await test.run(contract.getContact, { contactId })).optedOutAt).toEqual(expect.any(Number))

    await test.write([mona, 'START'])
    expect(facts('contact.opted-in')).toEqual([{ contactId, chatId: mona, via: 'message' }])
    expect((await test.run(contract.getContact, { contactId })).optedOutAt).toBeNull()
  })

  it('holds or ends as the last one of a batch says', async () => {
    await test.write([mona, 'start'], [mona, 'stop'], [omar, 'stop'], [omar, 'start'])
    expect(await optedOut()).toEqual([mona])
  })

  it('of opt-in does not count when it comes from an old history, and one of opt-out does', async () => {
    const long = Date.now() - 10 * 24 * 3_600_000
    await test.write([mona, 'STOP'])
    await test.account.report(
      { type: 'message', message: incoming(mona, 'START', { timestamp: long }) },
      { type: 'message', message: incoming(omar, 'STOP', { timestamp: long }) },
    )
    expect((await optedOut()).sort()).toEqual([mona, omar])
  })

  it('means nothing in a group', async () => {
    await test.account.report({
      type: 'message',
      message: incoming('120363000000000000@g.us', 'STOP', { author: mona }),
    })
    expect(await optedOut()).toEqual([])
    const standing = await test.service(Contacts).standing(test.file, ['120363000000000000@g.us', mona])
    expect([...standing.values()]).toEqual(Array(2).fill({ consent: false, optedOut: false, wrote: false }))
  })

  it('is not kept when the message is not', async () => {
    let full = true
    test.service(Messaging).witness({
      name: 'later',
      stored: async () => {
        if (full) throw new Error('no room')
      },
    })
    await expect(test.write([mona, 'STOP'])).rejects.toThrow('no room')
    expect(await optedOut()).toEqual([])
    expect(gate().stops?.('default', row(1, mona))).toBeUndefined()
    expect((await test.run(listMessages, {})).items).toEqual([])

    full = false
    await test.write([mona, 'STOP'])
    expect(await optedOut()).toEqual([mona])
  })

  it('is there after a restart', async () => {
    await test.write([mona, 'STOP'])
    await test[Symbol.asyncDispose]()
    test = await contactsKernel(directory)
    expect(await optedOut()).toEqual([mona])
    expect(await check(row(1, mona))).toEqual({ 1: { skip: 'opted-out' } })
  })
})

describe('the gate', () => {
  it('skips campaign rows of those who opted out, and no others', async () => {
    await test.write([mona, 'STOP'])
    expect(
      await check(row(1, omar), row(2, mona), row(3, mona, 'api'), row(4, mona), row(5, mona, 'smartbot')),
    ).toEqual({
      2: { skip: 'opted-out' },
      4: { skip: 'opted-out' },
    })
    expect(await check()).toEqual({})
  })

  it('stops a row whose chat opted out after the gate, from memory, until the chat opts in', async () => {
    expect(gate().stops?.('default', row(1, mona))).toBeUndefined()
    await test.write([mona, 'STOP'])
    expect(gate().stops?.('default', row(1, mona))).toBe('opted-out')
    expect(gate().stops?.('default', row(1, omar))).toBeUndefined()
    expect(gate().stops?.('default', row(1, mona, 'api'))).toBeUndefined()
    expect(gate().stops?.('other', row(1, mona))).toBeUndefined()
    await test.write([mona, 'START'])
    expect(gate().stops?.('default', row(1, mona))).toBeUndefined()
  })

  it('lets no send begin after the opt-out was stored, whenever that is', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => row(i, `2010012${String(i).padStart(5, '0')}@c.us`))
    const stored = new Set<string>()
    const stopping = (async () => {
      for (const { chatId } of rows.filter((it) => it.id % 2 === 0)) {
        await test.write([chatId, 'STOP'])
        stored.add(chatId)
      }
    })()
    const sent: string[] = []
    for (let at = 0; at < rows.length; at += 20) {
      const some = rows.slice(at, at + 20)
      const verdicts = await test.file.write((tx) => gate().check(tx, some, 0))
      for (const it of some.filter(({ id }) => !verdicts.has(id))) {
        await setImmediate()
        if (gate().stops?.('default', it)) continue
        expect(stored.has(it.chatId)).toBe(false)
        sent.push(it.chatId)
      }
    }
    await stopping
    expect(sent.length).toBeGreaterThanOrEqual(150)
  })

  it('stops what the config names besides', async () => {
    await test[Symbol.asyncDispose]()
    test = await contactsKernel(directory, { optOutStops: ['campaign', 'smartbot'], optOutWords: { out: ['no more'] } })
    await test.write([mona, 'No more!'])
    expect(await check(row(1, mona, 'smartbot'), row(2, mona, 'interactive'))).toEqual({ 1: { skip: 'opted-out' } })
  })
})

describe('an opt-out', () => {
  it('is noted by hand for anybody, and taken back with a reason', async () => {
    const numbers = ['+20 100 123 4567', '00201001234567', omar]
    expect(await test.run(contract.addOptOuts, { numbers, reason: 'on the phone' })).toEqual({ added: 2 })
    expect(await test.run(contract.addOptOuts, { numbers })).toEqual({ added: 0 })
    expect((await test.run(contract.listOptOuts, {})).items[0]).toMatchObject({
      via: 'request',
      reason: 'on the phone',
    })

    await expect(test.run(contract.removeOptOut, { number: mona, reason: '  ' })).rejects.toMatchObject({ status: 400 })
    await test.run(contract.removeOptOut, { number: mona, reason: 'signed up again' })
    expect(await optedOut()).toEqual([omar])
    expect(facts('contact.opted-in')).toEqual([
      { contactId: null, chatId: mona, via: 'request', reason: 'signed up again' },
    ])
    await expect(test.run(contract.removeOptOut, { number: mona, reason: 'again' })).rejects.toMatchObject({
      code: 'WAQ_NOT_FOUND',
    })
  })

  it('is changed with the contact, and needs a reason to be taken back', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: mona })
    expect((await test.run(contract.updateContact, { contactId, optedOut: true })).optedOutAt).not.toBeNull()
    await expect(test.run(contract.updateContact, { contactId, optedOut: false })).rejects.toMatchObject({
      status: 400,
    })
    const { optedOutAt } = await test.run(contract.updateContact, { contactId, optedOut: false, reason: 'a mistake' })
    expect(optedOutAt).toBeNull()
  })

  it('survives the deletion and the return of the contact', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: mona })
    await test.write([mona, 'STOP'])
    await test.run(contract.deleteContact, { contactId })
    expect(await check(row(1, mona))).toEqual({ 1: { skip: 'opted-out' } })
    expect((await test.run(contract.createContact, { phone: mona })).optedOutAt).not.toBeNull()
  })

  it('survives erasure as a hash without the number, and is known again with it', async () => {
    const { contactId } = await test.run(contract.createContact, { phone: mona, name: 'Mona' })
    await test.run(contract.addOptOuts, { numbers: [mona], reason: 'Mona asked' })
    await test.write([mona, 'hello'])
    expect(await test.run(contract.erasePerson, { contactId })).toEqual({ erased: true })
    expect((await test.run(contract.listOptOuts, {})).items).toEqual([
      { chatId: null, contactId: null, at: expect.any(Number), via: 'request', reason: null },
    ])
    expect(await check(row(1, mona))).toEqual({ 1: { skip: 'opted-out' } })
    for (const table of ['contacts', 'contact_tags', 'contact_wrote', 'audience_members', 'opt_outs'])
      expect(JSON.stringify(await test.file.all(`SELECT * FROM ${table}`))).not.toMatch(/20100|Mona/)

    expect((await test.run(contract.createContact, { phone: mona })).optedOutAt).not.toBeNull()
    expect(await optedOut()).toEqual([mona])
    // Who is no contact can be erased by the number.
    await test.run(contract.deleteContact, { contactId: mona })
    expect(await test.run(contract.erasePerson, { contactId: mona })).toEqual({ erased: false })
    expect(await optedOut()).toEqual([null])
  })

  it('is listed page by page, the latest first', async () => {
    for (let i = 0; i < 5; i++) await test.run(contract.addOptOuts, { numbers: [`20100123400${i}`] })
    const seen: (string | null)[] = []
    let cursor: string | undefined
    do {
      const page = await test.run(contract.listOptOuts, { limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map((it) => it.chatId))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(seen).toHaveLength(5)
    expect(new Set(seen).size).toBe(5)
  })
})

describe('the standing of a chat', () => {
  it('is known with and without a contact', async () => {
    await test.run(contract.createContact, { phone: omar, consent: { source: 'form', text: 'Yes, write to me' } })
    await test.write([mona, 'hello'], [mona, 'STOP'])
    expect(
      Object.fromEntries(await test.service(Contacts).standing(test.file, [mona, omar, '201001234569@c.us'])),
    ).toEqual({
      [mona]: { consent: false, optedOut: true, wrote: true },
      [omar]: { consent: true, optedOut: false, wrote: false },
      '201001234569@c.us': { consent: false, optedOut: false, wrote: false },
    })
  })

  it('remembers the latest time that somebody wrote, in whatever order it is told', async () => {
    await test.run(contract.createContact, { phone: mona })
    const said = (timestamp: number) => ({ type: 'message' as const, message: incoming(mona, 'hi', { timestamp }) })
    await test.account.report(said(3_000), said(2_000))
    await test.account.report(said(1_000))
    expect((await test.run(contract.getContact, { contactId: mona })).wroteAt).toBe(3_000)
  })
})
