import { type CountryCode, toChatId, whyNoChatId } from '@waqtor/phone-numbers'
import { languageTag } from './language.ts'
import type { ColumnMapping } from './mapping.ts'
import { NumberSet } from './number-set.ts'
import type { BadRow, TableBatch, TableRow } from './table.ts'

/** That a person agreed to hear from us, as the file says it. */
export interface WrittenConsent {
  /** The words that were agreed to; empty when the file says no more than yes. */
  readonly text: string
  readonly source: string
  /** Milliseconds; `null` when it is not told. */
  readonly at: number | null
}

export interface ImportRow {
  readonly line: number
  /** Canonical. */
  readonly chatId: string
  /** Empty when it is not known. */
  readonly name: string
  /** BCP 47; `null` when it is not known. */
  readonly language: string | null
  readonly tags: readonly string[]
  /** `refused` when the file says no; `null` when it says nothing. */
  readonly consent: WrittenConsent | 'refused' | null
  readonly fields: Readonly<Record<string, string>>
  /** Its cells as they stand in the file: what is refused later can be given back as it was. */
  readonly raw: readonly string[]
}

export interface RejectedRow extends BadRow {
  /** What is wrong, or the whole line where that cannot be told. */
  readonly value: string
}

export interface DuplicateRow {
  readonly line: number
  readonly chatId: string
}

export interface ImportBatch {
  readonly columns: readonly string[]
  readonly rows: readonly ImportRow[]
  readonly rejected: readonly RejectedRow[]
  /** Rows of people who stand on an earlier line of the file; the first one counts. */
  readonly duplicates: readonly DuplicateRow[]
}

/** Takes the rows of a table for people, each of them once. */
export class People {
  readonly #columns: readonly string[]
  readonly #defaultCountry: CountryCode | undefined
  readonly #phone: number
  readonly #name: number
  readonly #language: number
  readonly #tags: number
  readonly #consent: number
  readonly #consentSource: number
  readonly #consentAt: number
  readonly #fields: readonly (readonly [field: string, column: number])[]
  readonly #numbers = new NumberSet()
  /** Groups and hidden numbers, whose ids are longer than a number can be. */
  readonly #others = new Set<string>()

  constructor(columns: readonly string[], mapping: ColumnMapping, defaultCountry: CountryCode | undefined) {
    const at = (column: string | undefined) => (column === undefined ? -1 : columns.indexOf(column))
    this.#columns = columns
    this.#defaultCountry = defaultCountry
    this.#phone = at(mapping.phone)
    this.#name = at(mapping.name)
    this.#language = at(mapping.language)
    this.#tags = at(mapping.tags)
    this.#consent = at(mapping.consent)
    this.#consentSource = at(mapping.consentSource)
    this.#consentAt = at(mapping.consentAt)
    this.#fields = Object.entries(mapping.fields).map(([field, column]) => [field, at(column)])
  }

  read(batch: TableBatch): ImportBatch {
    const rows: ImportRow[] = []
    const rejected: RejectedRow[] = batch.rejected.map((it) => ({ ...it, value: it.raw.join(',') }))
    const duplicates: DuplicateRow[] = []
    for (const row of batch.rows) {
      const read = this.#person(row)
      if ('reason' in read) rejected.push(read)
      else if (this.#isNew(read.chatId)) rows.push(read)
      else duplicates.push({ line: read.line, chatId: read.chatId })
    }
    return { columns: this.#columns, rows, rejected: rejected.toSorted((a, b) => a.line - b.line), duplicates }
  }

  #person({ line, values }: TableRow): ImportRow | RejectedRow {
    const cell = (column: number) => (column < 0 ? '' : values[column]!.trim())
    const bad = (value: string, reason: string): RejectedRow => ({ line, value, reason, raw: values })
    const number = cell(this.#phone)
    const chatId = toChatId(number, this.#defaultCountry)
    if (chatId === undefined) return bad(number, whyNoNumber(number, this.#defaultCountry))
    const language = cell(this.#language)
    const tag = language === '' ? null : languageTag(language)
    if (tag === undefined) return bad(language, `'${language}' is no language; write a code such as ar or en-GB`)
    const at = cell(this.#consentAt)
    const time = at === '' ? null : isoTime(at)
    if (time === undefined) return bad(at, `'${at}' is no date; write it as 2026-01-31`)
    const fields: Record<string, string> = {}
    for (const [field, column] of this.#fields) define(fields, field, cell(column))
    return {
      line,
      chatId,
      name: cell(this.#name),
      language: tag,
      tags: splitTags(cell(this.#tags)),
      consent: this.#consentOf(cell(this.#consent), cell(this.#consentSource), time),
      fields,
      raw: values,
    }
  }

  #consentOf(written: string, source: string, at: number | null): ImportRow['consent'] {
    if (refusals.has(written.toLowerCase())) return 'refused'
    // Where a column says whether somebody agreed, its silence is no agreement.
    if (this.#consent >= 0 ? written === '' : source === '' && at === null) return null
    return { text: agreements.has(written.toLowerCase()) ? '' : written, source, at }
  }

  #isNew(chatId: string): boolean {
    if (chatId.endsWith('@c.us')) {
      const number = Number(chatId.slice(0, -5))
      if (Number.isSafeInteger(number) && number > 0) return this.#numbers.add(number)
    }
    if (this.#others.has(chatId)) return false
    this.#others.add(chatId)
    return true
  }
}

const refusals = new Set([
  'no',
  'n',
  'false',
  '0',
  'none',
  'لا',
  'خیر',
  'نه',
  'non',
  'não',
  'nein',
  'hayır',
  'tidak',
  '-',
])
const agreements = new Set([
  'yes',
  'y',
  'true',
  '1',
  'ok',
  'x',
  '✓',
  'نعم',
  'بله',
  'oui',
  'sí',
  'si',
  'sim',
  'ja',
  'evet',
  'ya',
])

function whyNoNumber(written: string, defaultCountry: CountryCode | undefined): string {
  return written === '' ? 'the phone number is missing' : whyNoChatId(written, defaultCountry)
}

function splitTags(written: string): readonly string[] {
  if (written === '') return []
  const tags = written.split(/[,;|،؛]/).map((it) => it.trim())
  return [...new Set(tags.filter((it) => it !== ''))]
}

function isoTime(written: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/.test(written)) return undefined
  // A moment without a zone is one of the file's author, whose zone nobody knows; all are read alike.
  const zoned = /[zZ]$|[+-]\d{2}:?\d{2}$/.test(written.slice(10)) || written.length === 10
  const time = Date.parse(zoned ? written : `${written.replace(' ', 'T')}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** `__proto__` is a name like any other. */
function define(fields: Record<string, string>, field: string, value: string): void {
  if (field === '__proto__')
    Object.defineProperty(fields, field, { value, enumerable: true, configurable: true, writable: true })
  else fields[field] = value
}
