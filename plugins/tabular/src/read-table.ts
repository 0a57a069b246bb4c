import { unguardFormula } from './formula.ts'
import { namesWithoutHeading } from './heading.ts'
import { openTable } from './open-table.ts'
import {
  type BadRow,
  invalidTable,
  type RawRow,
  type TableBatch,
  type TableInfo,
  type TableOptions,
  type TableRow,
} from './table.ts'

/** How many rows of the file a batch is made of, about. */
const batchRows = 1_000

/** The columns that `writeRejected` adds at the end; when the file is read again they are passed over. */
export const remarkColumns = ['line', 'reason'] as const

/**
 * Reads a CSV, XLSX or JSON file in batches. A row that cannot be used is reported with its line and nothing else is
 * lost; rows in which every cell is blank are passed over. The first row names the columns, unless one of its cells is a
 * phone number: then it is a row like the others, and the columns are `phone`, `column 2` and so on. There is always a
 * batch, so the columns of a table without rows are known as well. Memory is bounded, whatever the file.
 * @param named columns that somebody asks for by their names: a first row that has one of them names the columns
 * @throws WaqtorError WAQ_TABLE_INVALID (400), with the line where there is one: no header, no file of that kind, damaged,
 *   or beyond a limit
 * @example for await (const { table, rows, rejected } of readTable('people.xlsx')) console.log(table.columns, rows.length)
 */
export async function* readTable(
  path: string,
  options: TableOptions = {},
  named: readonly string[] = [],
): AsyncGenerator<TableBatch> {
  const source = await openTable(path, options)
  let reader: RowReader | undefined
  for await (const piece of source.rows) {
    for (const row of piece) {
      if (row.values.every(isBlank)) continue
      if (reader) reader.take(row)
      else {
        const header = headerOf(row, source.info, named)
        reader = new RowReader(header)
        if (header.isRow) reader.take(row)
      }
      if (reader.size >= batchRows) yield reader.batch()
    }
  }
  if (!reader) throw invalidTable('the file is empty: its first line names the columns')
  yield reader.batch()
}

function isBlank(cell: string): boolean {
  return cell === '' || cell.trim() === ''
}

interface Header {
  readonly table: TableInfo
  /** Columns of the file that are cells of the table; the rest are remarks. */
  readonly width: number
  /** Columns of the file. */
  readonly written: number
  /** The line that it was made of is no heading but one of the rows. */
  readonly isRow: boolean
}

function headerOf(
  { values, line, problem }: RawRow,
  info: Omit<TableInfo, 'columns'>,
  named: readonly string[],
): Header {
  if (problem) throw invalidTable(`the header on line ${line} cannot be read: ${problem}`)
  const names = values.map((it) => unguardFormula(it).trim())
  const made = info.format === 'json' ? undefined : namesWithoutHeading(names, named)
  if (made) return { table: { ...info, columns: made }, width: made.length, written: made.length, isRow: true }
  // Spreadsheets leave empty columns at the end behind.
  const written = names.findLastIndex((it) => it !== '') + 1
  const remarked = written > 2 && remarkColumns.every((it, i) => names[written - 2 + i] === it)
  const width = remarked ? written - 2 : written
  return { table: { ...info, columns: uniqueNames(names.slice(0, width)) }, width, written, isRow: false }
}

/** Fields go by the names of their columns, so none may stand twice. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((it, i) => {
    const wanted = it || `column ${i + 1}`
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted} (${n})`
    taken.add(name)
    return name
  })
}

class RowReader {
  readonly #header: Header
  #rows: TableRow[] = []
  #rejected: BadRow[] = []

  constructor(header: Header) {
    this.#header = header
  }

  get size(): number {
    return this.#rows.length + this.#rejected.length
  }

  batch(): TableBatch {
    const batch = { table: this.#header.table, rows: this.#rows, rejected: this.#rejected }
    this.#rows = []
    this.#rejected = []
    return batch
  }

  take({ line, values: read, problem }: RawRow): void {
    const { width, written, table, isRow } = this.#header
    const values = table.format === 'csv' ? read.map(unguardFormula) : [...read]
    // A sheet has no end of a row, and cells behind the last column do not matter while nothing is in them.
    if (table.format === 'xlsx') while (values.length < written) values.push('')
    while (values.length > written && isBlank(values.at(-1)!)) values.pop()
    const reason =
      problem ??
      (values.length === written
        ? undefined
        : `the line has ${values.length} fields, the ${isRow ? 'first line' : 'header'} has ${written}`)
    if (reason) this.#rejected.push({ line, reason, raw: values.length === written ? values.slice(0, width) : values })
    else this.#rows.push({ line, values: width === values.length ? values : values.slice(0, width) })
  }
}
