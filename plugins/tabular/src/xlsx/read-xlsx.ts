import { invalidTable, type RawRow, type TableLimits } from '../table.ts'
import { Archive } from './archive.ts'
import { isoDate } from './dates.ts'
import { readWorkbook, TextGatherer, type Workbook } from './workbook.ts'
import { readXml, type XmlHandler } from './xml.ts'

export interface Sheet {
  readonly name: string
  readonly rows: AsyncIterable<readonly RawRow[]>
}

/**
 * Opens a sheet of an XLSX file.
 * @throws WaqtorError WAQ_TABLE_INVALID (400)
 */
export async function openSheet(path: string, wanted: string | undefined, limits: TableLimits): Promise<Sheet> {
  await using archive = await Archive.open(path, limits.unpackedBytes)
  const workbook = await readWorkbook(archive, wanted, limits)
  return { name: workbook.sheet.name, rows: readRows(path, workbook, limits) }
}

// Opens the file again: whoever asks for the sheet alone, or leaves the rows, leaves no file open.
async function* readRows(path: string, workbook: Workbook, limits: TableLimits): AsyncGenerator<readonly RawRow[]> {
  await using archive = await Archive.open(path, limits.unpackedBytes)
  const { part, name } = workbook.sheet
  const rows = new SheetRows(workbook, limits)
  for await (const _ of readXml(archive.text(part), name, rows)) {
    const found = rows.take()
    if (found.length > 0) yield found
  }
}

class SheetRows implements XmlHandler {
  readonly #workbook: Workbook
  readonly #limits: TableLimits
  #rows: RawRow[] = []
  #line = 0
  #values: string[] = []
  #column = 0
  #length = 0
  #type = ''
  #style = 0
  #inValue = false
  #value = ''
  readonly #text = new TextGatherer()

  constructor(workbook: Workbook, limits: TableLimits) {
    this.#workbook = workbook
    this.#limits = limits
  }

  take(): readonly RawRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, { r, t, s }: Readonly<Record<string, string>>): void {
    if (name === 'row') {
      this.#line = Number(r) || this.#line + 1
      this.#values = []
      this.#length = 0
    } else if (name === 'c') {
      const named = columnOf(r ?? '')
      const column = named < 0 ? this.#values.length : named
      if (column >= this.#limits.columns)
        throw invalidTable(`row ${this.#line} has more than ${this.#limits.columns.toLocaleString('en')} columns`)
      while (this.#values.length <= column) this.#values.push('')
      this.#column = column
      this.#type = t ?? 'n'
      this.#style = Number(s ?? 0)
      this.#value = ''
      this.#text.clear()
    } else if (name === 'v') this.#inValue = true
    else this.#text.open(name)
  }

  text(text: string): void {
    if (this.#inValue) this.#value += text
    else this.#text.add(text)
  }

  close(name: string): void {
    this.#text.close(name)
    if (name === 'v') this.#inValue = false
    else if (name === 'c') this.#keep(this.#cell())
    else if (name === 'row') this.#rows.push({ line: this.#line, values: this.#values })
  }

  #keep(cell: string): void {
    this.#length += cell.length
    if (cell.length > this.#limits.fieldLength || this.#length > this.#limits.rowLength)
      throw invalidTable(
        `row ${this.#line} is too long: it has a cell of ${cell.length.toLocaleString('en')} characters`,
      )
    this.#values[this.#column] = cell
  }

  #cell(): string {
    const value = this.#value
    if (this.#type === 's') {
      const text = this.#workbook.texts[Number(value)]
      if (text === undefined)
        throw invalidTable(`row ${this.#line} refers to a text '${value}' that is not in the file`)
      return text
    }
    if (this.#type === 'inlineStr') return this.#text.value
    if (this.#type === 'b') return value === '1' ? 'true' : 'false'
    if (this.#type !== 'n' || value === '') return value
    const number = Number(value)
    if (this.#workbook.dateStyles[this.#style]) return isoDate(number, this.#workbook.from1904)
    // 2.01001234567E11 is how a phone number may be kept; what has more digits than a number can hold stays as it is.
    return Number.isSafeInteger(number) || !/^-?\d+$/.test(value) ? String(number) : value
  }
}

/** 0 for `A1`, 27 for `AB7`, -1 for what names no column. */
function columnOf(reference: string): number {
  let column = 0
  for (const char of reference) {
    const letter = char.charCodeAt(0) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return column - 1
}
