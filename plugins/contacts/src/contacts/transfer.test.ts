import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Principal, systemPrincipal, type z } from '@waqtor/kernel'
import { listFiles } from '@waqtor/plugin-files/contract'
import { readTable, writeTable } from '@waqtor/tabular'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Contact } from '../contract.ts'
import * as contract from '../contract.ts'
import { contactsKernel } from '../fixtures/contacts-kernel.ts'
import { type TransferKernel, transferKernel } from '../fixtures/transfer-kernel.ts'

let directory: string
let test: TransferKernel
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-transfer-'))
  test = await transferKernel(directory)
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

type ImportInput = Omit<z.input<typeof contract.importContacts.input>, 'fileId'>
const take = async (content: string | Uint8Array, input: ImportInput = {}, filename?: string) =>
  test.run(contract.importContacts, { ...input, fileId: await test.handIn(content, filename) })
const everybody = async () => (await test.run(contract.listContacts, { limit: 500 })).items.toReversed()
const of = (contacts: readonly Contact[]) =>
  contacts.map(({ phone, name, language, tags, fields, consent }) => ({ phone, name, language, tags, fields, consent }))
const numberOf = (i: number) => `2010${String(i).padStart(8, '0')}`

describe('an import', () => {
  const mona = {
    phone: '+201001234567',
    name: 'منى',
    language: 'ar',
    tags: ['new', 'vip'],
    fields: { city: 'القاهرة' },
  }
  const omar = { phone: '+201001234568', name: '', language: null, tags: [], fields: { city: 'Giza' } }
  const columns = ['Name', 'Mobile No', 'lang', 'tags', 'city']
  const rows = [
    ['منى', '+20 100 123 4567', 'AR', 'vip; new', 'القاهرة'],
    ['', '00201001234568', '', '', 'Giza'],
    ['Mona again', '201001234567', '', '', ''],
  ]
  const asJson = JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((it, i) => [it, row[i]]))))

  it.each([
    ['people.csv', async (path: string) => writeTable(path, 'csv', columns, rows)],
    ['people.xlsx', async (path: string) => writeTable(path, 'xlsx', columns, rows)],
    ['people.json', undefined],
  ])('takes the people of %s, each of them once', async (filename, write) => {
    const path = join(directory, `written-${filename}`)
    await write?.(path)
    expect(await take(write ? await readFile(path) : asJson, {}, filename)).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      duplicates: 1,
      rejected: [],
      rejectedCount: 0,
      rejectedFileId: null,
    })
    expect(of(await everybody())).toEqual([
      { ...mona, consent: null },
      { ...omar, consent: null },
    ])
  })

  it('once more changes nothing', async () => {
    const csv = 'phone,name,tags,city,consent\n201001234567,Mona,"a,b",Cairo,yes\n201001234568,,,,I agree\nx,,,,\n'
    const input: ImportInput = { tags: ['spring'], consent: { source: 'shop', text: 'Yes' } }
    expect(await take(csv, input)).toMatchObject({ created: 2, rejectedCount: 1 })
    const before = await everybody()
    expect(await take(csv, input)).toMatchObject({ created: 0, updated: 0, unchanged: 2, rejectedCount: 1 })
    expect(await everybody()).toEqual(before)
  })

  it('says what it would do, and does nothing, when it is a preview', async () => {
    expect(await take('phone\n201001234567\n12\n', { preview: true })).toMatchObject({
      created: 1,
      rejected: [{ line: 3, value: '12' }],
      rejectedFileId: null,
    })
    expect(await everybody()).toEqual([])
  })

  it('takes the columns that it is told, everybody into a list, and leaves alone who is known when told to', async () => {
    const { audienceId } = await test.run(contract.createAudience, { name: 'Spring' })
    await test.run(contract.createContact, { phone: '201001234567', name: 'Mona' })
    const csv = 'a,b,c\nM,201001234567,x\nO,201001234568,y\n'
    const input = { columns: { phone: 'B', name: 'a' }, onDuplicate: 'skip', audienceId } as const
    expect(await take(csv, input)).toMatchObject({ created: 1, unchanged: 1 })
    expect(of(await everybody())).toMatchObject([
      { name: 'Mona', fields: {} },
      { name: 'O', fields: { c: 'y' } },
    ])
    expect((await test.run(contract.getAudience, { audienceId })).count).toBe(2)
    await expect(take(csv, { ...input, audienceId: 'aud_none' })).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('keeps the consent that the file tells of, gives the others theirs, and none to who refuses', async () => {
    const csv = [
      'phone,opt-in,consent source,consent date',
      '201001234561,I agree,form,2026-01-31',
      '201001234562,yes,,',
      '201001234563,no,,',
      '201001234564,,,',
      '201001234565,yes,form,31.1.2026',
      '201001234566,yes,form,1900-01-01',
    ].join('\n')
    await test.run(contract.createContact, { phone: '201001234562', consent: { source: 'first', text: 'Sure', at: 5 } })
    const { rejected } = await take(csv, { consent: { source: 'list', text: 'All agreed', at: 7 } })
    expect(Object.fromEntries((await everybody()).map((it) => [it.phone?.at(-1), it.consent]))).toEqual({
      1: { source: 'form', text: 'I agree', at: Date.UTC(2026, 0, 31) },
      2: { source: 'first', text: 'Sure', at: 5 },
      3: null,
      4: { source: 'list', text: 'All agreed', at: 7 },
    })
    expect(rejected.map((it) => it.line)).toEqual([6, 7])
  })

  it('gives back every line that it refused as it stood in the file; corrected, they are taken', async () => {
    const fields = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}`, 'x']))
    await test.run(contract.createContact, { phone: numberOf(9), fields })
    const columns = ['Full Name', 'Mobile', 'lang', 'tags', 'note']
    const refused = [
      ['Omar', '12', '', 'b', '=1+1'],
      ['long '.repeat(50), `00${numberOf(2)}`, 'en', 'x; y', "' kept '"],
      ['  A group ', '12036304@g.us', '', '', 'two\nlines, and "quotes"'],
      ['Sara', numberOf(3), 'Klingonish', '', 'z'],
      ['Full', `+${numberOf(9)}`, '', 'c', 'one more'],
    ]
    const path = join(directory, 'written.csv')
    await writeTable(path, 'csv', columns, [['Mona', numberOf(1), 'AR', 'vip;new', ''], ...refused])
    const csv = `${await readFile(path, 'utf8')}Short,${numberOf(4)}\n`
    const { created, rejected, rejectedCount, rejectedFileId } = await take(csv)
    expect({ created, rejectedCount }).toEqual({ created: 1, rejectedCount: 6 })
    expect(rejected.map((it) => it.line)).toEqual([3, 4, 5, 7, 8, 9])

    const written = await test.fetched(rejectedFileId!)
    expect(written.split('\r\n')[0]).toBe('\ufeffFull Name,Mobile,lang,tags,note,line,reason')
    const given: (readonly string[])[] = []
    for await (const { rows } of readTable(join(directory, 'fetched'), { format: 'csv' }))
      given.push(...rows.map((it) => it.values))
    expect(given).toEqual([...refused, ['Short', numberOf(4), '', '', '']])

    const corrected = written
      .replace('Omar,12', `Omar,${numberOf(5)}`)
      .replace('long '.repeat(50), 'Laila')
      .replace('12036304@g.us', numberOf(6))
      .replace('Klingonish', 'fa')
      .replace(`'+${numberOf(9)}`, numberOf(7))
    expect(await take(corrected)).toMatchObject({ created: 6, rejectedCount: 0, rejectedFileId: null })
    const laila = (await everybody()).find((it) => it.name === 'Laila')!
    expect(of([laila])[0]).toMatchObject({ language: 'en', tags: ['x', 'y'], fields: { note: "' kept '" } })
    expect((await everybody()).find((it) => it.name === 'Omar')?.fields).toEqual({ note: '=1+1' })
  })

  it('shows the first hundred lines that it refused, and has all of them in the file', async () => {
    const { rejected, rejectedCount, rejectedFileId } = await take(`phone,name\n${'12,x\n'.repeat(5_000)}`)
    expect(rejected).toHaveLength(100)
    expect(rejectedCount).toBe(5_000)
    expect((await test.fetched(rejectedFileId!)).trim().split('\n')).toHaveLength(5_001)
  })

  it('that is broken off keeps what is written, leaves no file behind, and can be repeated', async () => {
    const count = 30_000
    const csv = `phone\n12\n${Array.from({ length: count }, (_, i) => numberOf(i)).join('\n')}\n`
    const fileId = await test.handIn(csv)
    const stop = new AbortController()
    const running = test.kernel.commands.execute(
      contract.importContacts,
      { fileId },
      { signal: stop.signal, principal: systemPrincipal, via: 'cli' },
    )
    const contacts = async () => (await test.file.get<{ n: number }>('SELECT count(*) AS n FROM contacts'))!.n
    while ((await contacts()) === 0) await setImmediate()
    stop.abort()
    await expect(running).rejects.toThrow()
    const written = await contacts()
    expect(written).toBeLessThan(count)
    expect(await readdir(join(directory, 'files'))).toHaveLength(1)
    const { created, unchanged } = await test.run(contract.importContacts, { fileId })
    expect({ created, unchanged }).toEqual({ created: count - written, unchanged: written })
  })

  it('takes nobody else’s file, and says when there is no such plugin', async () => {
    const fileId = await test.handIn('phone\n201001234567\n')
    const stranger: Principal = { id: 'x', role: 'scoped', permissions: new Set(['contacts:*']), instances: 'all' }
    const asStranger = { principal: stranger }
    const notFound = { code: 'WAQ_NOT_FOUND' }
    await expect(test.run(contract.importContacts, { fileId }, asStranger)).rejects.toMatchObject(notFound)
    await expect(test.run(contract.previewFile, { fileId }, asStranger)).rejects.toMatchObject(notFound)
    await test[Symbol.asyncDispose]()
    await using without = await contactsKernel(directory)
    await expect(without.run(contract.exportContacts, {})).rejects.toThrow("need the 'files' plugin")
  })
})

describe('a preview', () => {
  it('shows how a file would be read', async () => {
    const fileId = await test.handIn(
      '\ufeffالاسم;رقم الهاتف;المدينة\r\nمنى;201001234567;القاهرة\r\nx;12;\r\n',
      'ناس.csv',
    )
    expect(await test.run(contract.previewFile, { fileId })).toEqual({
      format: 'csv',
      encoding: 'utf-8',
      delimiter: ';',
      sheet: null,
      columns: ['الاسم', 'رقم الهاتف', 'المدينة'],
      mapping: { name: 'الاسم', phone: 'رقم الهاتف', fields: { المدينة: 'المدينة' } },
      people: [
        { line: 2, chatId: '201001234567@c.us', name: 'منى', language: null, tags: [], fields: { المدينة: 'القاهرة' } },
      ],
      rejected: [{ line: 3, value: '12', reason: expect.stringContaining("'12' is neither") }],
    })
    expect(await everybody()).toEqual([])
  })

  it('reads a file as it is told', async () => {
    const fileId = await test.handIn('phone;name|x\n201001234567;Mona|\n')
    expect(await test.run(contract.previewFile, { fileId, delimiter: '|', encoding: 'windows-1256' })).toMatchObject({
      encoding: 'windows-1256',
      delimiter: '|',
      columns: ['phone;name', 'x'],
    })
  })

  it('shows the columns where nobody knows which one the number is, and what is wrong with a file', async () => {
    const fileId = await test.handIn('a,b\nx,201001234567\n')
    expect(await test.run(contract.previewFile, { fileId })).toMatchObject({ columns: ['a', 'b'], mapping: null })
    expect(await test.run(contract.previewFile, { fileId, columns: { phone: 'b' }, rows: 1 })).toMatchObject({
      people: [{ chatId: '201001234567@c.us' }],
    })
    const empty = await test.handIn('')
    await expect(test.run(contract.previewFile, { fileId: empty })).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID' })
  })
})

describe('an export', () => {
  const people: readonly z.input<typeof contract.createContact.input>[] = [
    { phone: '201001234567', name: '=HYPERLINK("x")', language: 'ar', tags: ['b', 'a'], fields: { city: 'القاهرة' } },
    { phone: '201001234568', name: "'quoted', and\nmore", fields: { size: '+1', note: ' x' } },
    { phone: '123456789012345@lid', consent: { source: 'form', text: 'I agree', at: Date.UTC(2026, 0, 31, 10) } },
    { phone: '201001234569', consent: { source: 'shop', text: '', at: Date.UTC(2026, 0, 1) } },
  ]

  it.each(['csv', 'xlsx'] as const)('to %s brings everybody back as they were', async (format) => {
    for (const it of people) await test.run(contract.createContact, it)
    await test.write(['201001234568@c.us', 'STOP'])
    const before = await everybody()
    const { fileId, filename, contacts } = await test.run(contract.exportContacts, { format })
    expect({ filename, contacts }).toEqual({ filename: `contacts.${format}`, contacts: 4 })

    for (const { contactId } of before) await test.run(contract.deleteContact, { contactId })
    expect(await test.run(contract.importContacts, { fileId })).toMatchObject({ created: 4, rejectedCount: 0 })
    const after = await everybody()
    // What stands at the ends of a cell is nobody's wish, and a consent without words says yes.
    const wanted = of(before).map((it) => ({
      ...it,
      fields: Object.fromEntries(Object.entries(it.fields).map(([name, value]) => [name, value.trim()])),
    }))
    expect(of(after)).toEqual(wanted)
    expect(after.map((it) => it.optedOutAt !== null)).toEqual([false, true, false, false])
  })

  it('has whom the filter lets in, and belongs to who asked for it', async () => {
    for (const it of people) await test.run(contract.createContact, it)
    const mona: Principal = { id: 'mona', role: 'scoped', permissions: new Set(['*']), instances: 'all' }
    const filter = { all: [{ on: 'consent' as const }] }
    const { fileId, contacts, bytes } = await test.run(contract.exportContacts, { filter }, { principal: mona })
    expect(contacts).toBe(2)
    expect((await test.fetched(fileId)).length).toBeLessThanOrEqual(bytes)
    expect((await test.run(listFiles, {}, { principal: mona })).items.map((it) => it.fileId)).toEqual([fileId])
  })
})
