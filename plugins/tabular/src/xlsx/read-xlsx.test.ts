import { createWriteStream, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { collect, fileOf, newPath, wholeTable } from '../fixtures/files.ts'
import { readTable } from '../read-table.ts'

const workbook = (sheets: string, properties = '') =>
  `<x:workbook xmlns:x="m" xmlns:r="r">${properties}<x:sheets>${sheets}</x:sheets></x:workbook>`
const relations =
  '<Relationships><Relationship Id="a" Target="worksheets/one.xml"/><Relationship Id="b" Target="/xl/worksheets/two.xml"/></Relationships>'
const twoSheets = '<x:sheet name="People" r:id="a"/><x:sheet name="Others" r:id="b"/>'
const sheet = (rows: string) => `<worksheet><sheetData>${rows}</sheetData></worksheet>`
const header = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c><c r="B1" t="s"><v>0</v></c></row>'

const parts: Readonly<Record<string, string>> = {
  'xl/workbook.xml': workbook(twoSheets),
  'xl/_rels/workbook.xml.rels': relations,
  'xl/sharedStrings.xml':
    '<sst><si><t>name</t></si><si><r><t>Mo</t></r><r><t xml:space="preserve">na </t></r><rPh><t>mo</t></rPh></si></sst>',
  'xl/styles.xml':
    '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[Red]dd/mm/yyyy"/><numFmt numFmtId="171" formatCode="0.0&quot;days&quot;"/></numFmts>' +
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>',
  'xl/worksheets/one.xml': sheet(header),
  'xl/worksheets/two.xml': sheet('<row><c t="str"><v>other</v></c></row>'),
}

async function xlsx(changed: Readonly<Record<string, string | Readable | undefined>>): Promise<string> {
  const path = newPath('people')
  const zip = new ZipFile()
  for (const [name, content] of Object.entries({ ...parts, ...changed })) {
    if (typeof content === 'string') zip.addBuffer(Buffer.from(content), name)
    else if (content) zip.addReadStream(content, name)
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

const withRows = (rows: string) => xlsx({ 'xl/worksheets/one.xml': sheet(header + rows) })

describe('an XLSX table', () => {
  it('has the values that people see, with the number of each row', async () => {
    const path = await withRows(
      '<row r="2"><c r="A2"><v>201001234567</v></c><c r="B2" t="s"><v>1</v></c></row>' +
        '<row r="4"><c r="A4"><v>2.01001234567E11</v></c></row>' +
        '<row r="5"><c r="B5" t="inlineStr"><is><t>_x0041_&amp;</t></is></c></row>' +
        '<row r="6"><c r="A6" t="b"><v>1</v></c><c r="B6" t="e"><v>#N/A</v></c><c r="C6"/></row>' +
        '<row r="x"><c r="B7"><v>2</v></c><c r="A7"><v>1</v></c></row>' +
        '<row r="8"><c r="A8"><v>12345678901234567890</v></c><c r="9"><v>0.5</v></c></row>',
    )
    const { table, rows } = await wholeTable(path)
    expect(table).toMatchObject({ format: 'xlsx', sheet: 'People', columns: ['phone', 'name'] })
    expect(rows.map((it) => [it.line, ...it.values])).toEqual([
      [2, '201001234567', 'Mona '],
      [4, '201001234567', ''],
      [5, '', 'A&'],
      [6, 'true', '#N/A'],
      [7, '1', '2'],
      [8, '12345678901234567890', '0.5'],
    ])
  })

  it.each([
    ['', '45322', '2024-01-31'],
    ['', '45322.395833333', '2024-01-31T09:30:00'],
    ['', '0.25', '06:00:00'],
    ['', '1', '1900-01-01'],
    ['', '1e300', '1e+300'],
    ['<workbookPr date1904="1"/>', '43860', '2024-01-31'],
  ])('has dates as ISO 8601 (%s %s)', async (properties, serial, date) => {
    const cells = (style: number) => `<c s="${style}"><v>${serial}</v></c>`
    const path = await xlsx({
      'xl/workbook.xml': workbook(twoSheets, properties),
      'xl/worksheets/one.xml': sheet(`${header}<row>${cells(1)}${cells(2)}</row><row>${cells(0)}${cells(3)}</row>`),
    })
    const { rows } = await wholeTable(path)
    expect(rows[0]!.values).toEqual([date, date])
    expect(rows[1]!.values).toEqual([String(Number(serial)), String(Number(serial))])
  })

  it('is read from the sheet that is named', async () => {
    const path = await xlsx({})
    expect((await wholeTable(path, { sheet: 'Others' })).table).toMatchObject({ sheet: 'Others', columns: ['other'] })
    await expect(wholeTable(path, { sheet: 'X' })).rejects.toThrow("there is no sheet 'X'; there is 'People', 'Others'")
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
    ['no workbook', { 'xl/workbook.xml': undefined }, /no XLSX file/],
    ['no sheet', { 'xl/workbook.xml': workbook('') }, /no sheet/],
    ['no relation', { 'xl/_rels/workbook.xml.rels': '<Relationships/>' }, /content of the sheet 'People' is missing/],
    ['a missing part', { 'xl/worksheets/one.xml': undefined }, /'xl\/worksheets\/one.xml' is missing/],
    ['broken XML', { 'xl/worksheets/one.xml': '<worksheet><row>' }, /no proper XML/],
    ['an entity of its own', { 'xl/worksheets/one.xml': '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>' }, /no proper XML/],
    ['a text that is not there', { 'xl/sharedStrings.xml': undefined }, /row 1 refers to a text '0'/],
    [
      'a column far out',
      { 'xl/worksheets/one.xml': sheet('<row r="7"><c r="XFD7"/></row>') },
      /row 7 has more than 1,000/,
    ],
    ['an endless text', { 'xl/worksheets/one.xml': `<a>${'x'.repeat(3_000_000)}</a>` }, /a text that is too long/],
    [
      'a long cell',
      { 'xl/worksheets/one.xml': sheet(`<row r="3"><c t="str"><v>${'x'.repeat(70_000)}</v></c></row>`) },
      /row 3 is too long/,
    ],
  ])('is refused with %s', async (_, changed, message) => {
    await expect(wholeTable(await xlsx(changed))).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message })
  })

  it('is refused when it is cut off, or no ZIP file', async () => {
    await expect(wholeTable(fileOf('PK\x03\x04 and no more'))).rejects.toMatchObject({
      code: 'WAQ_TABLE_INVALID',
      message: /the XLSX file is damaged/,
    })
    await expect(wholeTable(fileOf('a,b\n'), { format: 'xlsx' })).rejects.toThrow(/damaged/)
  })

  it('B7: is refused before it is unpacked when that would be too much', async () => {
    const bomb = Readable.from(
      (function* () {
        for (let i = 0; i < 64; i++) yield Buffer.alloc(1024 * 1024, ' ')
      })(),
    )
    const path = await xlsx({ 'xl/worksheets/one.xml': bomb })
    await expect(wholeTable(path, { limits: { unpackedBytes: 32 * 1024 * 1024 } })).rejects.toThrow(
      /'xl\/worksheets\/one.xml' would have 67,108,864 bytes/,
    )
    await expect(wholeTable(await xlsx({}), { limits: { sharedText: 2 } })).rejects.toThrow(/save it as CSV/)
  })

  it('B7: is refused where it unfolds to more than it said, or holds nothing but more archives', async () => {
    const path = await xlsx({ 'xl/worksheets/one.xml': sheet(header + ' '.repeat(8 * 1024 * 1024)) })
    const lying = readFileSync(path)
    const name = lying.lastIndexOf('xl/worksheets/one.xml')
    // In the list of parts, 46 bytes of figures stand before a name; its size is told 22 bytes before.
    lying.writeUInt32LE(100, name - 22)
    await expect(wholeTable(fileOf(lying))).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message: /damaged/ })
    const nested = await xlsx({ 'xl/workbook.xml': undefined, 'inner.zip': readFileSync(path).toString('latin1') })
    await expect(wholeTable(nested)).rejects.toMatchObject({ code: 'WAQ_TABLE_INVALID', message: /no XLSX file/ })
  })

  it('is let go of when nobody wants more of it', async () => {
    const path = await withRows('<row><c><v>1</v></c></row>'.repeat(9_500))
    for await (const batch of readTable(path)) {
      expect(batch.rows).toHaveLength(1_000)
      break
    }
    expect(await collect(readTable(path))).toHaveLength(10)
  })
})
