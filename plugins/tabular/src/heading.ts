import { roleOf } from './column-names.ts'

const chatId = /^[0-9-]{3,40}@(c\.us|g\.us|lid)$/
const date = /^(\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4})/
const decoration = /[\s\p{Cf}().\-–—/+]/gu

/**
 * Whether a cell is written as phone numbers are, right or wrong: a national number is one without anybody knowing the
 * country, so that a file reads alike wherever it is read.
 */
function looksLikeNumber(cell: string): boolean {
  return chatId.test(cell) || (!date.test(cell) && /^\p{Nd}{7,17}$/u.test(cell.replace(decoration, '')))
}

/**
 * The names of the columns where the first line of a file is a person already, and nobody is to be lost as a heading: the
 * column of the number is `phone`, the others go by their places. Of two numbers nobody knows which one is to be written
 * to, so that neither is named.
 * @param named columns that somebody asks for: a line that has one of them is the heading, as is one with a known name
 *   for phone numbers
 * @returns undefined when the line is a heading
 */
export function namesWithoutHeading(cells: readonly string[], named: readonly string[]): readonly string[] | undefined {
  const numbers = cells.filter(looksLikeNumber)
  if (numbers.length === 0 || cells.some((it) => roleOf(it) === 'phone')) return undefined
  const asked = new Set(named.map((it) => it.trim().toLowerCase()))
  if (cells.some((it) => asked.has(it.toLowerCase()))) return undefined
  return cells.map((it, i) => (numbers.length === 1 && it === numbers[0] ? 'phone' : `column ${i + 1}`))
}
