import { describe, expect, it } from 'vitest'
import { collect, fileOf, newPath } from './fixtures/files.ts'
import { batchesOf, importRows } from './import-rows.ts'
import { previewTable } from './preview-table.ts'
import { writeRejected } from './write-rejected.ts'

const numberOf = (i: number) => `2010${String(i).padStart(8, '0')}`
const thread = new URL('./fixtures/crashing-thread.ts', import.meta.url)

describe('importRows', () => {
  it('takes everybody once, in whatever way the number is written', async () => {
    const path = fileOf(
      [
        'Name,Mobile No,lang,Tags,city',
        'Mona,+20 100 123 4567,AR,"vip; new,vip",Cairo',
        'Omar,٠٠٢٠١٠٠١٢٣٤٥٦٨,,,',
        'Mona again,0100 123 4567,,,',
        'nobody,12,,,',
        'Sara,۰۰۹۸۹۱۲۳۴۵۶۷۸۹,Klingonish,,',
        'x,1',
        'Group,12036304@g.us,en_GB,,',
        'Group,12036304@g.us,,,',
      ].join('\n'),
    )
    const [batch] = await collect(importRows(path, { defaultCountry: 'EG' }))
    expect(batch).toEqual({
      columns: ['Name', 'Mobile No', 'lang', 'Tags', 'city'],
      rows: [
        {
          line: 2,
          chatId: '201001234567@c.us',
          name: 'Mona',
          language: 'ar',
          tags: ['vip', 'new'],
          consent: null,
          fields: { city: 'Cairo' },
          raw: ['Mona', '+20 100 123 4567', 'AR', 'vip; new,vip', 'Cairo'],
        },
        {
          line: 3,
          chatId: '201001234568@c.us',
          name: 'Omar',
          language: null,
          tags: [],
          consent: null,
          fields: { city: '' },
          raw: ['Omar', '٠٠٢٠١٠٠١٢٣٤٥٦٨', '', '', ''],
        },
        {
          line: 8,
          chatId: '12036304@g.us',
          name: 'Group',
          language: 'en-GB',
          tags: [],
          consent: null,
          fields: { city: '' },
          raw: ['Group', '12036304@g.us', 'en_GB', '', ''],
        },
      ],
      rejected: [
        {
          line: 5,
          value: '12',
          reason: "'12' is neither a chat id nor a phone number with its country code",
          raw: ['nobody', '12', '', '', ''],
        },
        { line: 6, value: 'Klingonish', reason: expect.stringContaining('no language'), raw: expect.anything() },
        { line: 7, value: 'x,1', reason: 'the line has 2 fields, the header has 5', raw: ['x', '1'] },
      ],
      duplicates: [
        { line: 4, chatId: '201001234567@c.us' },
        { line: 9, chatId: '12036304@g.us' },
      ],
    })
  })

  it('knows duplicates over all batches', async () => {
    const lines = Array.from({ length: 6_000 }, (_, i) => numberOf(i % 5_000))
    const batches = await collect(importRows(fileOf(`phone\n${lines.join('\n')}`)))
    expect(batches.length).toBeGreaterThan(2)
    expect(batches.flatMap((it) => it.rows).map((it) => it.chatId)).toEqual(
      lines.slice(0, 5_000).map((it) => `${it}@c.us`),
    )
    expect(batches.flatMap((it) => it.duplicates).map((it) => it.line)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i + 5_002),
    )
  })

  it('keeps fields with names that mean something to JavaScript', async () => {
    const [batch] = await collect(importRows(fileOf('phone,__proto__,constructor\n201001234567,a,b\n')))
    expect(Object.entries(batch!.rows[0]!.fields)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })

  it('takes consent as it is written', async () => {
    const path = fileOf(
      'phone,opt-in,consent source,consent date\n201001234567,yes,form,2026-01-31\n201001234568,no,form,\n201001234569,,,\n' +
        '201001234560,I agree,,2026-01-31T10:00\n201001234561,yes,,31/01/2026\n',
    )
    const [batch] = await collect(importRows(path))
    expect(batch!.rows.map((it) => it.consent)).toEqual([
      { text: '', source: 'form', at: Date.UTC(2026, 0, 31) },
      'refused',
      null,
      { text: 'I agree', source: '', at: Date.UTC(2026, 0, 31, 10) },
    ])
    expect(batch!.rejected).toMatchObject([{ line: 6, reason: "'31/01/2026' is no date; write it as 2026-01-31" }])
  })

  it('takes again what was rejected and corrected, with the same columns', async () => {
    const first = await collect(importRows(fileOf('phone,name\n12,=a\n201001234567,b\n')))
    const path = newPath()
    await writeRejected(path, first[0]!.columns, first[0]!.rejected)
    const [again] = await collect(importRows(path))
    expect(again).toMatchObject({ columns: ['phone', 'name'], rejected: [{ raw: ['12', '=a'] }] })
  })

  it.each([
    ['no column of numbers', 'a,b\n1,2\n', /no column looks like phone numbers; the columns are 'a', 'b'/],
    ['a cell without an end', `phone,name\n1,"${'x'.repeat(100_000)}`, /begins on line 2/],
  ])('says what is wrong with %s', async (_, text, message) => {
    await expect(collect(importRows(fileOf(text)))).rejects.toMatchObject({
      code: 'WAQ_TABLE_INVALID',
      status: 400,
      message,
    })
  })

  it('says that the file is not there', async () => {
    await expect(collect(importRows('/nowhere/people.csv'))).rejects.toMatchObject({
      code: 'WAQ_IMPORT_FAILED',
      message: /'\/nowhere\/people.csv' was not read to its end: ENOENT/,
    })
  })

  it('ends when its signal says so, with the reason', async () => {
    const path = fileOf(`phone\n${Array.from({ length: 50_000 }, (_, i) => numberOf(i)).join('\n')}`)
    const controller = new AbortController()
    const reason = new Error('stopped by hand')
    const rows = importRows(path, { signal: controller.signal })
    expect((await rows.next()).value?.rows).toHaveLength(1_000)
    controller.abort(reason)
    await expect(rows.next()).rejects.toBe(reason)
    await expect(collect(importRows(path, { signal: controller.signal }))).rejects.toBe(reason)
  })

  it('can be left', async () => {
    const path = fileOf(`phone\n${Array.from({ length: 50_000 }, (_, i) => numberOf(i)).join('\n')}`)
    for await (const batch of importRows(path)) {
      expect(batch.rows).toHaveLength(1_000)
      break
    }
  })

  it.each([
    ['throw', /out of luck/],
    ['exit', /ended without an answer/],
  ])('says so when the thread breaks down (%s)', async (path, message) => {
    const batches = batchesOf(thread, { path, options: {} }, undefined)
    expect((await batches.next()).value?.rows).toEqual([])
    await expect(batches.next()).rejects.toMatchObject({ code: 'WAQ_IMPORT_FAILED', message })
  })
})

describe('previewTable', () => {
  const path = fileOf('الاسم;رقم الهاتف;city\nمنى;201001234567;Cairo\nx;12;\ny\nz;201001234567;\nlast;201001234569;')

  it('shows the beginning of a file as an import would take it', async () => {
    expect(await previewTable(path, {}, 4)).toMatchObject({
      table: { format: 'csv', encoding: 'utf-8', delimiter: ';', columns: ['الاسم', 'رقم الهاتف', 'city'] },
      mapping: { phone: 'رقم الهاتف', name: 'الاسم', fields: { city: 'city' } },
      rows: [{ line: 2, name: 'منى', chatId: '201001234567@c.us' }],
      rejected: [{ line: 3 }, { line: 4 }],
      duplicates: [{ line: 5 }],
    })
  })

  it('shows the columns when nobody knows which one the number is', async () => {
    const unknown = fileOf('a,b\n1,201001234567\n')
    expect(await previewTable(unknown)).toMatchObject({ table: { columns: ['a', 'b'] }, mapping: null, rows: [] })
    expect(await previewTable(unknown, { mapping: { phone: 'B' } })).toMatchObject({ rows: [{ line: 2 }] })
    await expect(previewTable(unknown, { mapping: { phone: 'c' } })).rejects.toThrow("there is no column 'c'")
  })
})
