import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvText } from './write-csv.ts'

/**
 * Writes a table row by row, in constant memory. CSV is UTF-8 with a byte order mark, and no cell of it is a formula to a
 * spreadsheet; `readTable` gives back what was written. A file that cannot be finished is removed.
 * @param target path of the file, or a stream, which is ended
 * @throws WaqtorError WAQ_TABLE_INVALID (400) when an XLSX sheet is full · what `rows` or the target throw
 * @example await writeTable('people.csv', 'csv', ['phone', 'name'], rows)
 */
export async function writeTable(
  target: string | Writable,
  format: 'csv' | 'xlsx',
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Promise<void> {
  const content = format === 'csv' ? Readable.from(csvText(columns, rows)) : await xlsxOf(columns, rows)
  if (typeof target !== 'string') return await pipeline(content, target)
  try {
    await pipeline(content, createWriteStream(target))
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
}

/** What makes the format is loaded by the first file that needs it. */
async function xlsxOf(
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Promise<Readable> {
  const { xlsxBytes } = await import('./xlsx/write-xlsx.ts')
  return xlsxBytes(columns, rows)
}
