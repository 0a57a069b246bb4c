import { invalidTable, type RawRow, type TableLimits } from './table.ts'

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const lineEnd = /\r\n|\n|\r/g
const lineEndOnce = /\r\n|\n|\r/

/**
 * Cuts CSV into rows while it arrives, with the line on which each begins, and holds one row in memory. A row whose
 * quotation marks make no sense costs its first line; the reading goes on with the next one. (papaparse and csv-parse take
 * everything behind an open quotation mark for one field.)
 */
export class CsvTokenizer {
  readonly #delimiter: number
  readonly #limits: TableLimits
  #text = ''
  /** Where the next row begins. */
  #at = 0
  #line = 1
  #damaged = false

  constructor(delimiter: string, limits: TableLimits) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#limits = limits
  }

  /**
   * The rows that are complete with this piece.
   * @throws WaqtorError WAQ_TABLE_INVALID (400) where a limit is passed
   */
  push(piece: string): RawRow[] {
    return this.#take(piece, false)
  }

  /** The rows that are left at the end of the file. */
  end(): RawRow[] {
    return this.#take('', true)
  }

  #take(piece: string, final: boolean): RawRow[] {
    this.#text = this.#text.slice(this.#at) + piece
    this.#at = 0
    this.#damaged = this.#text.includes('\0') || this.#text.includes('\ufffd')
    const rows: RawRow[] = []
    while (this.#at < this.#text.length) {
      const row = this.#row(final)
      if (!row) {
        if (this.#text.length - this.#at > this.#limits.rowLength) throw this.#tooLong('row', this.#limits.rowLength)
        break
      }
      rows.push(row)
    }
    return rows
  }

  /** The next row; nothing while its end is not there yet. */
  #row(final: boolean): RawRow | undefined {
    const text = this.#text
    const length = text.length
    const values: string[] = []
    let lines = 1
    let at = this.#at
    for (;;) {
      let end: number
      if (text.charCodeAt(at) === quote) {
        const close = closingQuote(text, at + 1)
        const found = close >= 0 && (final || close < length - 1)
        if ((found ? close : length) - at > this.#limits.fieldLength + 1 || (!found && final))
          return this.#broken(at, final, 'a quotation mark is opened and never closed')
        if (!found) return undefined
        end = close + 1
        while (end < length && text.charCodeAt(end) === space && this.#delimiter !== space) end++
        if (end === length && !final) return undefined
        const inside = text.slice(at + 1, close)
        lines += inside.match(lineEnd)?.length ?? 0
        values.push(inside.includes('"') ? inside.replaceAll('""', '"') : inside)
      } else {
        end = this.#endOfPlain(at)
        if (end === length && !final) {
          if (end - at > this.#limits.fieldLength) throw this.#tooLong('cell', this.#limits.fieldLength)
          return undefined
        }
        values.push(text.slice(at, end))
      }
      if (values.at(-1)!.length > this.#limits.fieldLength) throw this.#tooLong('cell', this.#limits.fieldLength)
      if (values.length > this.#limits.columns)
        throw invalidTable(`line ${this.#line} has more than ${this.#limits.columns.toLocaleString('en')} columns`)

      const next = end === length ? lineFeed : text.charCodeAt(end)
      if (next === this.#delimiter) {
        at = end + 1
        // A delimiter at the very end of the text is followed by an empty field, or by what is not there yet.
        if (at === length) {
          if (!final) return undefined
          values.push('')
          return this.#finish(values, at, lines)
        }
      } else if (next === lineFeed) return this.#finish(values, end + 1, lines)
      else if (next === carriageReturn) {
        if (end + 1 === length && !final) return undefined
        return this.#finish(values, text.charCodeAt(end + 1) === lineFeed ? end + 2 : end + 1, lines)
      } else return this.#broken(at, final, 'something stands behind a closing quotation mark')
    }
  }

  #endOfPlain(from: number): number {
    const text = this.#text
    let end = from
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === this.#delimiter || code === lineFeed || code === carriageReturn) break
    }
    return end
  }

  #finish(values: string[], at: number, lines: number): RawRow {
    const row = { line: this.#line, values }
    this.#at = at
    this.#line += lines
    const problem = this.#damaged ? damageIn(values) : undefined
    return problem ? { ...row, problem } : row
  }

  /**
   * Gives up the line on which the row begins.
   * @param at where the cell begins that makes no sense
   */
  #broken(at: number, final: boolean, problem: string): RawRow | undefined {
    const rest = this.#text.slice(this.#at, this.#at + this.#limits.rowLength + 1)
    const end = lineEndOnce.exec(rest)
    const written = end ? rest.slice(0, end.index) : rest
    if (this.#at + written.length - at > this.#limits.fieldLength) throw this.#tooLong('cell', this.#limits.fieldLength)
    const split = end?.[0] === '\r' && end.index === rest.length - 1
    if ((!end || split) && !final) return undefined
    const raw = written.split(String.fromCharCode(this.#delimiter)).slice(0, this.#limits.columns)
    return { ...this.#finish(raw, this.#at + written.length + (end?.[0].length ?? 0), 1), problem }
  }

  #tooLong(what: string, limit: number): Error {
    return invalidTable(
      `a ${what} that begins on line ${this.#line} has more than ${limit.toLocaleString('en')} characters; is a quotation mark not closed?`,
    )
  }
}

/** The first quotation mark from here that is not one of a pair. */
function closingQuote(text: string, from: number): number {
  let close = text.indexOf('"', from)
  while (close >= 0 && text.charCodeAt(close + 1) === quote) close = text.indexOf('"', close + 2)
  return close
}

/** What is wrong with the characters of a row. */
export function damageIn(values: readonly string[]): string | undefined {
  if (values.some((it) => it.includes('\0'))) return 'it contains a NUL character; is the file UTF-16?'
  if (values.some((it) => it.includes('\ufffd'))) return 'it contains characters that cannot be read (�)'
  return undefined
}
