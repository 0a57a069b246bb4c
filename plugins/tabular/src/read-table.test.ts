import { describe, expect, it } from 'vitest'
import { collect, fileOf, wholeTable } from './fixtures/files.ts'
import { readTable } from './read-table.ts'

describe('readTable', () => {
  it.each([
    [',', 'phone,name\n2010,Mona\n'],
    [';', 'phone;name\n2010;Mona\n'],
    ['\t', '\n\nphone\tname\n2010\tMona'],
    ['|', 'phone|name\r\n2010|Mona'],
    [';', '"phone";"na,m,e"\n2010;Mona'],
    [',', 'phone\n2010'],
  ])('finds the delimiter %j', async (delimiter, text) => {
    const { table, rows } = await wholeTable(fileOf(text))
    expect(table).toMatchObject({ format: 'csv', delimiter })
    expect(rows[0]!.values[0]).toBe('2010')
  })

  it('reports bad lines by the number that an editor shows, and keeps all others', async () => {
    const text = 'phone,name\r\n201,"two\r\nlines"\r\n\r\n202,ok\r\n203\r\n204,x,y\r\n205,last'
    const { rows, rejected } = await wholeTable(fileOf(text))
    expect(rows).toEqual([
      { line: 2, values: ['201', 'two\r\nlines'] },
      { line: 5, values: ['202', 'ok'] },
      { line: 8, values: ['205', 'last'] },
    ])
    expect(rejected).toEqual([
      { line: 6, raw: ['203'], reason: 'the line has 1 fields, the header has 2' },
      { line: 7, raw: ['204', 'x', 'y'], reason: 'the line has 3 fields, the header has 2' },
    ])
  })

  it('names columns that have no name of their own, and leaves out empty ones at the end', async () => {
    const { table, rows } = await wholeTable(fileOf('phone,, name ,name,,\n1,2,3,4,,\n1,2,3,4'))
    expect(table.columns).toEqual(['phone', 'column 2', 'name', 'name (2)'])
    expect(rows.map((it) => it.values)).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3', '4'],
    ])
  })

  it('makes batches of about a thousand rows, and one without any', async () => {
    const batches = await collect(readTable(fileOf(`phone\n${'1\n'.repeat(4_500)}`)))
    expect(batches.map((it) => it.rows.length)).toEqual([1_000, 1_000, 1_000, 1_000, 500])
    expect(await collect(readTable(fileOf('phone,name\n')))).toMatchObject([
      { table: { columns: ['phone', 'name'] }, rows: [] },
    ])
  })

  it.each([
    ['nothing', '', {}, /the file is empty/],
    ['blank lines', '\n , \n', {}, /the file is empty/],
    ['a header that is never closed', '"phone,name\n1,2\n', {}, /header on line 1 .*never closed/],
    ['UTF-16 without a mark', Buffer.from('phone,name\n1,2\n', 'utf16le'), {}, /is the file UTF-16\?/],
    ['an old Excel file', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0]), {}, /save it as XLSX/],
    ['a million columns', 'c,'.repeat(1_000_000), {}, /line 1 has more than 1,000 columns/],
    ['own limits', 'abcdef\n', { limits: { fieldLength: 3 } }, /line 1 has more than 3 characters/],
    ['a ZIP file as CSV', 'PK\x03\x04', { format: 'csv' as const }, /is an XLSX file and not CSV/],
  ])('B8: refuses %s', async (_, content, options, message) => {
    await expect(wholeTable(fileOf(content), options)).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message })
  })

  it('B8: refuses a field of a hundred megabytes by its line', async () => {
    const path = fileOf(`phone,name\n1,a\n2,"${'x'.repeat(100 * 1024 * 1024)}"\n`)
    await expect(wholeTable(path)).rejects.toMatchObject({ message: /begins on line 3/ })
  })

  it('says that the file is not there', async () => {
    await expect(wholeTable('/nowhere/people.csv')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a JSON table', () => {
  it.each([
    [
      'an array',
      '[\n {"phone": 201001234567, "name": "Mona \\"x\\"", "tags": ["a", "b"]},\n {"phone": "2", "vip": true}]',
    ],
    [
      'an object a line',
      '{"phone":"201001234567","name":"Mona \\"x\\"","tags":["a","b"]}\n{"phone":2,"vip":true,"name":null}',
    ],
  ])('is %s', async (_, text) => {
    const { table, rows } = await wholeTable(fileOf(text, 'people'))
    expect(table).toMatchObject({ format: 'json', columns: ['phone', 'name', 'tags', 'vip'] })
    expect(rows.map((it) => it.values)).toEqual([
      ['201001234567', 'Mona "x"', 'a, b', ''],
      ['2', '', '', 'true'],
    ])
  })

  it('reports what is no object with its line, and keeps all others', async () => {
    const text = '{"phone":1}\n{"phone":}\nnonsense\n{"phone":{"a":"}"}}\n{"phone":4}\n{"phone":"'
    const { rows, rejected } = await wholeTable(fileOf(text, 'people.jsonl'))
    expect(rows.map((it) => [it.line, it.values[0]])).toEqual([
      [1, '1'],
      [4, '{"a":"}"}'],
      [5, '4'],
    ])
    expect(rejected.map((it) => it.line)).toEqual([2, 3, 6])
  })

  it('takes the fields of the first objects for columns, and reports later ones', async () => {
    const path = fileOf(`[${'{"a":"1"},\n'.repeat(2_000)}{"a":"2","b":"3"},{"a":"4"}]`, 'people.json')
    const { table, rows, rejected } = await wholeTable(path)
    expect(table.columns).toEqual(['a'])
    expect(rows).toHaveLength(2_001)
    expect(rejected).toMatchObject([
      { line: 2_001, reason: "it has the field 'b', which the first objects do not have" },
    ])
  })

  it.each([
    ['a long object', `{"phone":1}\n{"phone":"${'x'.repeat(2_000_000)}`, /begins on line 2/],
    ['a long text', `{"phone":1}\n{"phone":"${'x'.repeat(70_000)}"}`, /'phone' of the object on line 2/],
    ['many fields', `{${Array.from({ length: 1_001 }, (_, i) => `"${i}":1`)}}`, /more than 1,000 different fields/],
    ['nothing', ' ', /the file is empty/],
  ])('refuses %s', async (_, text, message) => {
    await expect(wholeTable(fileOf(text, 'a.json'))).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message })
  })
})
