import { fail } from '@waqtor/contracts/fail'
import type { WaqtorError } from '@waqtor/kernel'
import type { Encoding } from './encoding.ts'

export type TableFormat = 'csv' | 'xlsx' | 'json'

/** What is read at most; whatever goes beyond ends the reading with the number of its line. */
export interface TableLimits {
  readonly columns: number
  /** Characters of one cell. */
  readonly fieldLength: number
  /** Characters of one row. */
  readonly rowLength: number
  /** Bytes of one part of an XLSX file when it is unpacked. */
  readonly unpackedBytes: number
  /** Characters of all texts that an XLSX file keeps beside its sheets: they have to be held in memory. */
  readonly sharedText: number
}

export const defaultLimits: TableLimits = {
  columns: 1_000,
  fieldLength: 64 * 1024,
  rowLength: 1024 * 1024,
  unpackedBytes: 2 ** 30,
  sharedText: 64 * 1024 * 1024,
}

/** What is not told is found out. */
export interface TableOptions {
  readonly format?: TableFormat | undefined
  /** The name that a person gave the file, where `path` has none: its ending tells the format in doubt. */
  readonly filename?: string | undefined
  readonly encoding?: Encoding | undefined
  readonly delimiter?: ',' | ';' | '\t' | '|' | undefined
  /** Name of the sheet of an XLSX file; the first one by default. */
  readonly sheet?: string | undefined
  readonly limits?: Partial<TableLimits> | undefined
}

export interface TableInfo {
  readonly format: TableFormat
  /** `null` for XLSX. */
  readonly encoding: Encoding | null
  /** `null` when it is no CSV. */
  readonly delimiter: string | null
  /** `null` when it is no XLSX. */
  readonly sheet: string | null
  /** Names of the columns as they are written; made unique, and made up where they are blank. */
  readonly columns: readonly string[]
}

/** A row that fits the columns. */
export interface TableRow {
  /** Line of the file where it begins, from 1; the row number in a sheet. */
  readonly line: number
  readonly values: readonly string[]
}

/** A row that cannot be used as it is. */
export interface BadRow {
  readonly line: number
  readonly reason: string
  /** Its cells as far as they could be told apart. */
  readonly raw: readonly string[]
}

export interface TableBatch {
  readonly table: TableInfo
  readonly rows: readonly TableRow[]
  readonly rejected: readonly BadRow[]
}

/** What the formats have in common before anybody knows the columns; the first row names them. */
export interface RawRow {
  readonly line: number
  readonly values: readonly string[]
  readonly problem?: string
}

export interface RawTable {
  readonly info: Omit<TableInfo, 'columns'>
  /** In pieces of any length. */
  readonly rows: AsyncIterable<readonly RawRow[]>
}

export function invalidTable(message: string, cause?: unknown): WaqtorError {
  return fail('WAQ_TABLE_INVALID', message, cause === undefined ? {} : { cause })
}
