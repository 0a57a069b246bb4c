import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { CsvTokenizer } from './csv-tokenizer.ts'
import { defaultLimits, type RawRow } from './table.ts'

function rowsOf(text: string, { delimiter = ',', cuts = [] as readonly number[], limits = {} } = {}): RawRow[] {
  const tokenizer = new CsvTokenizer(delimiter, { ...defaultLimits, ...limits })
  const places = [0, ...cuts.map((it) => it % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  const pieces = places.slice(1).map((end, i) => text.slice(places[i], end))
  return [...pieces.flatMap((it) => tokenizer.push(it)), ...tokenizer.end()]
}

const cell = fc.string({ unit: fc.constantFrom('a', 'ب', ' ', ',', '"', '\n', '\r', ';', "'") })
const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 12 })
const cuts = fc.array(fc.nat(500), { maxLength: 6 })

describe('CsvTokenizer', () => {
  it('gives back every well-formed file, wherever its pieces end, with the line of each row', () => {
    fc.assert(
      fc.property(records, fc.constantFrom('\n', '\r\n'), cuts, fc.boolean(), (wanted, newline, at, last) => {
        const text = Papa.unparse(wanted, { newline, delimiter: ',', quotes: true })
        const rows = rowsOf(last ? text + newline : text, { cuts: at })
        expect(rows.map((it) => it.values)).toEqual(wanted)
        let line = 1
        for (const [i, row] of rows.entries()) {
          expect(row).not.toHaveProperty('problem')
          expect(row.line).toBe(line)
          line += 1 + wanted[i]!.flatMap((it) => it.match(/\r\n|\n|\r/g) ?? []).length
        }
      }),
    )
  })

  it('reads as papaparse does what has no broken quotation marks', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', 'é') })
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), cuts, (lines, at) => {
        const text = lines.join('\n')
        const reference = Papa.parse<string[]>(text, { delimiter: ',', newline: '\n' })
        fc.pre(reference.errors.every((it) => it.type !== 'Quotes') && text !== '')
        const rows = rowsOf(text, { cuts: at }).map((it) => it.values)
        // papaparse sees one more, empty row behind the last line end.
        expect(rows).toEqual(text.endsWith('\n') ? reference.data.slice(0, -1) : reference.data)
      }),
    )
  })

  it('answers the same whatever the pieces, for any text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '\0') })
    fc.assert(
      fc.property(text, cuts, (it, at) => {
        expect(rowsOf(it, { cuts: at })).toEqual(rowsOf(it))
      }),
      { numRuns: 2_000 },
    )
  })

  it('B8: loses one line to a quotation mark that is never closed, and no other', () => {
    expect(rowsOf('a,b\n1,"open\n2,x\n3,y')).toEqual([
      { line: 1, values: ['a', 'b'] },
      { line: 2, values: ['1', '"open'], problem: 'a quotation mark is opened and never closed' },
      { line: 3, values: ['2', 'x'] },
      { line: 4, values: ['3', 'y'] },
    ])
    const many = `${'2,x\n'.repeat(50_000)}3,"y"\n`
    const rows = rowsOf(`1,"open\n${many}`)
    expect(rows).toHaveLength(50_002)
    expect(rows.filter((it) => it.problem)).toMatchObject([{ line: 1 }])
  })

  it('loses one line to a quotation mark in the middle of a text', () => {
    expect(rowsOf('1,"a" b\n2,c')).toEqual([
      { line: 1, values: ['1', '"a" b'], problem: 'something stands behind a closing quotation mark' },
      { line: 2, values: ['2', 'c'] },
    ])
  })

  it('knows all ends of lines, mixed as well', () => {
    expect(rowsOf('1\r\n2\r3\n"4"\r"5\r\n5"\n6').map((it) => [it.line, it.values[0]])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
      [4, '4'],
      [5, '5\r\n5'],
      [7, '6'],
    ])
  })

  it('B8: reports what cannot be read, NUL among it, with its line', () => {
    expect(rowsOf('a\nb\0\nc\ufffd\nd').map((it) => it.problem)).toEqual([
      undefined,
      expect.stringContaining('NUL'),
      expect.stringContaining('cannot be read'),
      undefined,
    ])
  })

  it.each([
    ['a plain cell', `a\n\n${'x'.repeat(70_000)}`, /begins on line 3 has more than 65,536/],
    ['a quoted cell', `a\n"${'x'.repeat(70_000)}`, /begins on line 2 has more than 65,536/],
    ['a quoted cell that is closed', `a\n"${'x'.repeat(70_000)}"\n`, /begins on line 2 has more than 65,536/],
    ['many columns', `a\n${','.repeat(1_000)}\n`, /line 2 has more than 1,000 columns/],
    ['a long row', `a\n${`${'x'.repeat(60_000)},`.repeat(20)}`, /a row that begins on line 2 has more than 1,048,576/],
  ])('B8: refuses %s before it is read to its end', (_, text, message) => {
    const endless = [...text.match(/[\s\S]{1,10000}/g)!, ...Array<string>(5).fill('x'.repeat(10_000))]
    const tokenizer = new CsvTokenizer(',', defaultLimits)
    expect(() => endless.map((piece) => tokenizer.push(piece))).toThrow(message)
  })
})
