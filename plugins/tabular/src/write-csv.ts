import { guardFormula } from './formula.ts'

const special = /[",;\t|\r\n]|^\s|\s$/
const pieceLength = 64 * 1024

/** Whole lines of CSV (RFC 4180) in pieces of some 64 kB. Begins with a byte order mark, so that Excel reads it as UTF-8. */
export async function* csvText(
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<string> {
  let piece = `\ufeff${line(columns)}`
  for await (const row of rows) {
    piece += line(row)
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  yield piece
}

function line(cells: readonly string[]): string {
  return `${cells.map(written).join(',')}\r\n`
}

function written(cell: string): string {
  const safe = guardFormula(cell)
  return special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
