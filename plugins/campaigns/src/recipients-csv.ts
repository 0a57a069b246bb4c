import { fail } from '@waqtor/contracts'
import Papa from 'papaparse'
import type { Rejected } from './contract.ts'
import type { Variables } from './template.ts'

/** A recipient as it was written down, with the place it stands at. */
export interface RecipientRow {
  readonly line: number
  readonly to: string
  readonly variables: Variables
}

export interface RecipientsFile {
  readonly columns: readonly string[]
  readonly phoneColumn: string
  readonly rows: readonly RecipientRow[]
  readonly rejected: readonly Rejected[]
}

/** How people name the column, folded to lower case without spaces, dashes and underscores. */
const phoneNames = new Set([
  'phone',
  'phonenumber',
  'number',
  'mobile',
  'mobilenumber',
  'to',
  'whatsapp',
  'whatsappnumber',
  'tel',
  'telephone',
  'msisdn',
  'cell',
  'هاتف',
  'الهاتف',
  'رقم',
  'الرقم',
  'رقمالهاتف',
  'جوال',
  'الجوال',
  'رقمالجوال',
  'موبايل',
  'الموبايل',
  'تلفن',
  'موبایل',
  'شماره',
])

/**
 * Reads a CSV text with a header line. A line that cannot be used is reported by its number and nothing else is lost.
 * @throws WaqtorError WAQ_CSV_INVALID (400) when there is no header or no column of phone numbers
 */
export function parseRecipients(text: string, wantedColumn?: string): RecipientsFile {
  const rows: RecipientRow[] = []
  const rejected: Rejected[] = []
  const lines = new LineCounter(text)
  let columns: readonly string[] = []
  let phone = -1

  Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    step({ data, errors, meta }, parser) {
      const line = lines.advance(meta.cursor)
      if (phone < 0) {
        columns = data.map((it) => it.trim())
        phone = findPhoneColumn(columns, wantedColumn)
        if (phone < 0) parser.abort()
        return
      }
      const problem =
        errors[0]?.message ??
        (data.length === columns.length
          ? undefined
          : `the line has ${data.length} fields, the header has ${columns.length}`)
      if (problem) rejected.push({ line, value: data.join(','), reason: problem })
      else
        rows.push({
          line,
          to: data[phone]!.trim(),
          variables: Object.fromEntries(columns.map((name, i) => [name, data[i]!.trim()])),
        })
    },
  })

  if (columns.length === 0) throw fail('WAQ_CSV_INVALID', 'the file is empty: its first line names the columns')
  if (phone < 0) throw fail('WAQ_CSV_INVALID', noPhoneColumn(columns, wantedColumn))
  return { columns, phoneColumn: columns[phone]!, rows, rejected }
}

function findPhoneColumn(columns: readonly string[], wanted: string | undefined): number {
  if (wanted !== undefined) return columns.findIndex((it) => it.toLowerCase() === wanted.toLowerCase())
  const named = columns.findIndex((it) => phoneNames.has(it.toLowerCase().replace(/[\s_-]/g, '')))
  return named < 0 && columns.length === 1 ? 0 : named
}

function noPhoneColumn(columns: readonly string[], wanted: string | undefined): string {
  const present = `the columns are ${columns.map((it) => `'${it}'`).join(', ')}`
  return wanted === undefined
    ? `no column looks like phone numbers; ${present}`
    : `there is no column '${wanted}'; ${present}`
}

const emptyLine = /^[\s,;\t|]*$/

/** Follows the parser through the text and tells on which line each row begins. */
class LineCounter {
  readonly #text: string
  #cursor = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  /** Line on which the row that ends at `cursor` begins. The parser passes empty lines over without a word. */
  advance(cursor: number): number {
    let start = this.#cursor
    for (let end = this.#text.indexOf('\n', start); end >= 0 && end < cursor; end = this.#text.indexOf('\n', start)) {
      if (!emptyLine.test(this.#text.slice(start, end))) break
      this.#line++
      start = end + 1
    }
    const begins = this.#line
    for (let end = this.#text.indexOf('\n', start); end >= 0 && end < cursor; end = this.#text.indexOf('\n', end + 1))
      this.#line++
    this.#cursor = cursor
    return begins
  }
}
