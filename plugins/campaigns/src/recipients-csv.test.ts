import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { parseRecipients } from './recipients-csv.ts'

describe('parseRecipients', () => {
  it('takes the columns as variables and finds the numbers by the name of their column', () => {
    expect(parseRecipients('Name,Phone Number,city\nMona,+201001234567,Cairo\n')).toEqual({
      columns: ['Name', 'Phone Number', 'city'],
      phoneColumn: 'Phone Number',
      rows: [
        { line: 2, to: '+201001234567', variables: { Name: 'Mona', 'Phone Number': '+201001234567', city: 'Cairo' } },
      ],
      rejected: [],
    })
    expect(parseRecipients('الاسم;رقم الهاتف\nمنى;201001234567\n').phoneColumn).toBe('رقم الهاتف')
    expect(parseRecipients('anything\n201001234567\n').rows).toHaveLength(1)
    expect(parseRecipients('a,b\n1,201001234567\n', 'B').rows[0]!.to).toBe('201001234567')
  })

  it('reports bad lines by the number that an editor shows, and keeps all others', () => {
    const text = 'phone,name\r\n201,"two\r\nlines"\r\n\r\n202,ok\r\n203\r\n204,x,y\r\n205,last'
    const { rows, rejected } = parseRecipients(text)
    expect(rows.map((it) => [it.line, it.to])).toEqual([
      [2, '201'],
      [5, '202'],
      [8, '205'],
    ])
    expect(rejected).toEqual([
      { line: 6, value: '203', reason: 'the line has 1 fields, the header has 2' },
      { line: 7, value: '204,x,y', reason: 'the line has 3 fields, the header has 2' },
    ])
  })

  it('reports a quote that is never closed', () => {
    expect(parseRecipients('phone,name\n201,ok\n202,"open\n').rejected).toMatchObject([{ line: 3 }])
  })

  it.each([
    ['', undefined, /empty/],
    ['a,b\n1,2\n', undefined, /no column looks like phone numbers; the columns are 'a', 'b'/],
    ['phone,b\n1,2\n', 'c', /there is no column 'c'/],
  ])('says what is missing in %j', (text, column, message) => {
    expect(() => parseRecipients(text, column)).toThrow(message)
  })

  it('gives back every row of any well-formed file, with its line', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'ب', ' ', ',', '"', '\n', ';') }).map((it) => it.trim())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[1-9][0-9]{5}$/), field), { minLength: 1, maxLength: 20 }),
        (records) => {
          const text = Papa.unparse([['phone', 'note'], ...records], { newline: '\n', delimiter: ',' })
          const { rows, rejected } = parseRecipients(text)
          expect(rejected).toEqual([])
          expect(rows.map((it) => [it.to, it.variables.note])).toEqual(records.map(([to, note]) => [to, note]))
          const lines = text.split('\n')
          for (const { line, to } of rows) expect(lines[line - 1]!.startsWith(to)).toBe(true)
        },
      ),
    )
  })
})
