import type { Writable } from 'node:stream'
import { remarkColumns } from './read-table.ts'
import type { BadRow } from './table.ts'
import { writeTable } from './write-table.ts'

/**
 * Writes the rows of a file that could not be taken as a CSV of their own, with the line and the reason of each, so that
 * they can be corrected and imported again: an import passes over those two columns.
 * @param columns of the file that they are from
 */
export async function writeRejected(
  target: string | Writable,
  columns: readonly string[],
  rejected: AsyncIterable<BadRow> | Iterable<BadRow>,
): Promise<void> {
  await writeTable(target, 'csv', [...columns, ...remarkColumns], linesOf(columns.length, rejected))
}

async function* linesOf(
  width: number,
  rejected: AsyncIterable<BadRow> | Iterable<BadRow>,
): AsyncGenerator<readonly string[]> {
  for await (const { line, reason, raw } of rejected) {
    // Of a row with too many cells, the last column shows all that are left.
    const cells = raw.length > width ? [...raw.slice(0, width - 1), raw.slice(width - 1).join(',')] : raw
    yield [...cells, ...Array<string>(width - cells.length).fill(''), String(line), reason]
  }
}
