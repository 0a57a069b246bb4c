import { existsSync, readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileOf, newPath, wholeTable } from './fixtures/files.ts'
import { guardFormula, unguardFormula } from './formula.ts'
import { writeRejected } from './write-rejected.ts'
import { writeTable } from './write-table.ts'

const cell = fc.string({
  unit: fc.oneof(
    fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', ',', ';', ' ', '_x0041_', '\u0001'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 8,
})
// A row in which all cells are blank is none, and NUL and what stands for unreadable characters are refused.
const readable = (row: readonly string[]) => row.some((it) => it.trim() !== '') && !/[\0\ufffd]/.test(row.join(''))
const rows = fc.array(fc.tuple(cell, cell, cell).filter(readable), { maxLength: 10 })
const columns = ['phone', 'name', 'note']

describe.each(['csv', 'xlsx'] as const)('a table written as %s', (format) => {
  it('B9: is read again as it was, whatever its cells begin with', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (wanted) => {
        const path = newPath(`table.${format}`)
        await writeTable(path, format, columns, wanted)
        const { table, rows: read, rejected } = await wholeTable(path)
        expect(rejected).toEqual([])
        expect(table).toMatchObject({ format, columns })
        expect(read.map((it) => it.values)).toEqual(wanted)
      }),
    )
  })

  it('takes a stream as well, and ends it', async () => {
    const stream = new PassThrough()
    const [content] = await Promise.all([text(stream), writeTable(stream, format, columns, [['1', 'a', 'b']])])
    expect(content.length).toBeGreaterThan(10)
  })

  it('is removed when it cannot be finished', async () => {
    const path = newPath()
    const failing = async function* () {
      yield ['1', 'a', 'b']
      throw new Error('the query failed')
    }
    await expect(writeTable(path, format, columns, failing())).rejects.toThrow('the query failed')
    expect(existsSync(path)).toBe(false)
  })
})

describe('a CSV for spreadsheets', () => {
  it('B9: is UTF-8 with a mark, has lines that end as RFC 4180 says, and no formula', async () => {
    const path = newPath()
    await writeTable(
      path,
      'csv',
      ['phone', 'الاسم'],
      [
        ['+201001234567', '=HYPERLINK("http://x")'],
        ["'=x", '-1;\t@'],
      ],
    )
    expect(readFileSync(path, 'utf8')).toBe(
      '\ufeffphone,الاسم\r\n\'+201001234567,"\'=HYPERLINK(""http://x"")"\r\n\'\'=x,"\'-1;\t@"\r\n',
    )
  })

  it('B9: has no cell that begins as a formula does, and loses nothing by that', () => {
    fc.assert(
      fc.property(cell, (it) => {
        expect(guardFormula(it)).not.toMatch(/^[=+\-@\t\r\n]/)
        expect(unguardFormula(guardFormula(it))).toBe(it)
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves an apostrophe alone that guards nothing', () => {
    expect(guardFormula("'tis")).toBe("'tis")
    expect(unguardFormula("'tis")).toBe("'tis")
  })
})

describe('rows that were rejected', () => {
  it('can be corrected and read again without the remarks', async () => {
    const path = newPath()
    await writeRejected(path, columns, [
      { line: 3, reason: "'12' is no number", raw: ['12', 'a,b', '=1'] },
      { line: 9, reason: 'the line has 1 fields, the header has 3', raw: ['+2010'] },
      { line: 12, reason: 'the line has 4 fields, the header has 3', raw: ['1', '2', '3', '4'] },
    ])
    expect(readFileSync(path, 'utf8').split('\r\n')[0]).toBe('\ufeffphone,name,note,line,reason')
    const { table, rows: read } = await wholeTable(path)
    expect(table.columns).toEqual(columns)
    expect(read.map((it) => it.values)).toEqual([
      ['12', 'a,b', '=1'],
      ['+2010', '', ''],
      ['1', '2', '3,4'],
    ])
  })

  it('keeps the remarks out of the raw rows of a second round', async () => {
    const { table, rejected } = await wholeTable(fileOf('a,b,line,reason\n1,2,3,x\n1,\0,3,x\n'))
    expect(table.columns).toEqual(['a', 'b'])
    expect(rejected).toMatchObject([{ raw: ['1', '\0'] }])
  })
})
