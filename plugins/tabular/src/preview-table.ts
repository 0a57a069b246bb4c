import type { ImportOptions } from './import-rows.ts'
import { type ColumnMapping, mapColumns, namedColumns } from './mapping.ts'
import { type ImportBatch, People } from './people.ts'
import { readTable } from './read-table.ts'
import type { TableInfo } from './table.ts'

export interface TablePreview extends Pick<ImportBatch, 'rows' | 'rejected' | 'duplicates'> {
  readonly table: TableInfo
  /** What an import would take the columns for; `null` when no column looks like phone numbers: it has to be told. */
  readonly mapping: ColumnMapping | null
}

/**
 * The beginning of a file as an import would take it.
 * @param count how many rows are looked at
 * @throws WaqtorError WAQ_TABLE_INVALID (400)
 */
export async function previewTable(path: string, options: ImportOptions = {}, count = 20): Promise<TablePreview> {
  for await (const batch of readTable(path, options, namedColumns(options.mapping))) {
    const { table } = batch
    // Rows and rejected ones stand in two lists; the first of the file are those of both up to the same line.
    const lines = [...batch.rows, ...batch.rejected].map((it) => it.line).toSorted((a, b) => a - b)
    const last = lines[Math.min(count, lines.length) - 1] ?? 0
    const first = {
      table,
      rows: batch.rows.filter((it) => it.line <= last),
      rejected: batch.rejected.filter((it) => it.line <= last),
    }
    const mapping = tryMapping(table.columns, options)
    if (!mapping) return { table, mapping: null, rows: [], rejected: [], duplicates: [] }
    const { rows, rejected, duplicates } = new People(table.columns, mapping, options.defaultCountry).read(first)
    return { table, mapping, rows, rejected, duplicates }
  }
  throw new Error('a table without a batch')
}

/** A wish that cannot be met is an error; when nothing was told about the phone column, it has yet to be. */
function tryMapping(columns: readonly string[], { mapping }: ImportOptions): ColumnMapping | null {
  try {
    return mapColumns(columns, mapping)
  } catch (error) {
    if (mapping?.phone !== undefined) throw error
    return null
  }
}
