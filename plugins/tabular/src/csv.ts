import { CsvTokenizer } from './csv-tokenizer.ts'
import { type Encoding, readText } from './encoding.ts'
import type { RawRow, TableLimits } from './table.ts'

const delimiters = [',', ';', '\t', '|'] as const

/** The delimiter that cuts the first line with something on it into the most columns. */
export function detectDelimiter(head: string): string {
  const first = /[^\r\n]+/.exec(head.replace(/^(?:[ \t]*(?:\r\n|\n|\r))+/, ''))?.[0] ?? ''
  const bare = first.replace(/"(?:[^"]|"")*"?/g, '')
  const counts = delimiters.map((it) => bare.split(it).length)
  return delimiters[counts.indexOf(Math.max(...counts))]!
}

export async function* readCsv(
  path: string,
  encoding: Encoding,
  delimiter: string,
  limits: TableLimits,
): AsyncGenerator<readonly RawRow[]> {
  const tokenizer = new CsvTokenizer(delimiter, limits)
  for await (const piece of readText(path, encoding)) yield tokenizer.push(piece)
  yield tokenizer.end()
}
