import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { invalidTable } from '../table.ts'

/** Rows of a sheet, with the header, and characters of a cell, at most: more is called damaged by Excel. */
const mostRows = 1_048_576
const mostCharacters = 32_767
const pieceLength = 64 * 1024

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const content = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

const parts: Readonly<Record<string, string>> = {
  '[Content_Types].xml': `${xml}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${content}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${content}.worksheet+xml"/></Types>`,
  '_rels/.rels': `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
}

/**
 * An XLSX file with one sheet of texts, made while it is read. A text is never taken for a formula. What is longer than a
 * cell can hold is cut, with an ellipsis.
 */
export function xlsxBytes(
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Readable {
  const zip = new ZipFile()
  const output = new Readable().wrap(zip.outputStream)
  zip.on('error', (error: Error) => output.destroy(error))
  for (const [name, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), name)
  const sheet = Readable.from(sheetText(columns, rows))
  sheet.once('error', (error) => output.destroy(error))
  output.once('close', () => sheet.destroy())
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml')
  zip.end()
  return output
}

async function* sheetText(
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<Buffer> {
  let piece = `${xml}<worksheet xmlns="${main}"><sheetData>${rowText(columns)}`
  let count = 1
  for await (const row of rows) {
    if (++count > mostRows) throw invalidTable(`a sheet holds ${mostRows.toLocaleString('en')} rows; write CSV instead`)
    piece += rowText(row)
    if (piece.length < pieceLength) continue
    yield Buffer.from(piece)
    piece = ''
  }
  yield Buffer.from(`${piece}</sheetData></worksheet>`)
}

function rowText(cells: readonly string[]): string {
  return `<row>${cells.map(cellText).join('')}</row>`
}

function cellText(cell: string): string {
  if (cell === '') return '<c/>'
  const fitting = cell.length > mostCharacters ? `${cell.slice(0, mostCharacters - 1)}…` : cell
  return `<c t="inlineStr"><is><t xml:space="preserve">${escapeText(fitting)}</t></is></c>`
}

// What XML cannot hold, or would change, and what already looks like such an escape.
const unspeakable = /(?![\t\n])\p{Cc}|\p{Cs}|[\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/gu
const markup = /[&<>]/g
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeText(text: string): string {
  return text
    .replace(unspeakable, (it) => `_x${it.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(markup, (it) => entities[it]!)
}
