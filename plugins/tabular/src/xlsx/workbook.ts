import { posix } from 'node:path'
import { invalidTable, type TableLimits } from '../table.ts'
import type { Archive } from './archive.ts'
import { isDateFormat } from './dates.ts'
import { scanXml } from './xml.ts'

const workbookPart = 'xl/workbook.xml'

/** What a sheet needs of its workbook. */
export interface Workbook {
  readonly sheet: { readonly name: string; readonly part: string }
  /** Texts that cells refer to by number. */
  readonly texts: readonly string[]
  /** Whether a number of a style, by the style's number, is a date. */
  readonly dateStyles: readonly boolean[]
  /** Days are counted from 1904 and not from 1900. */
  readonly from1904: boolean
}

/** @throws WaqtorError WAQ_TABLE_INVALID (400) */
export async function readWorkbook(
  archive: Archive,
  wanted: string | undefined,
  limits: TableLimits,
): Promise<Workbook> {
  if (!archive.has(workbookPart)) throw invalidTable('the file is a ZIP file, but no XLSX file')
  const sheets: { name: string; id: string }[] = []
  let from1904 = false
  await scanXml(archive.text(workbookPart), workbookPart, {
    open(name, attributes) {
      if (name === 'sheet') {
        const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1]
        sheets.push({ name: attributes.name ?? '', id: id ?? '' })
      } else if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.date1904 ?? '')
    },
  })
  const sheet = wanted === undefined ? sheets[0] : sheets.find((it) => it.name === wanted)
  if (!sheet) {
    const present = sheets.map((it) => `'${it.name}'`).join(', ')
    throw invalidTable(
      wanted === undefined ? 'the file has no sheet' : `there is no sheet '${wanted}'; there is ${present}`,
    )
  }
  const part = (await relations(archive)).get(sheet.id)
  if (part === undefined) throw invalidTable(`the content of the sheet '${sheet.name}' is missing`)
  return {
    sheet: { name: sheet.name, part },
    texts: await readTexts(archive, limits),
    dateStyles: await readDateStyles(archive),
    from1904,
  }
}

/** The parts of the workbook by their ids. */
async function relations(archive: Archive): Promise<ReadonlyMap<string, string>> {
  const part = 'xl/_rels/workbook.xml.rels'
  const parts = new Map<string, string>()
  await scanXml(archive.text(part), part, {
    open(name, { Id, Target }) {
      if (name === 'Relationship' && Id && Target) parts.set(Id, posix.resolve('/xl', Target).slice(1))
    },
  })
  return parts
}

async function readTexts(archive: Archive, limits: TableLimits): Promise<readonly string[]> {
  const part = 'xl/sharedStrings.xml'
  const texts: string[] = []
  if (!archive.has(part)) return texts
  let total = 0
  const text = new TextGatherer()
  await scanXml(archive.text(part), part, {
    open(name) {
      if (name === 'si') text.clear()
      text.open(name)
    },
    text: (it) => text.add(it),
    close(name) {
      text.close(name)
      if (name !== 'si') return
      total += text.value.length
      if (total > limits.sharedText || texts.length > limits.sharedText / 8)
        throw invalidTable('the texts of the file are too long to be held in memory; save it as CSV')
      texts.push(text.value)
    },
  })
  return texts
}

async function readDateStyles(archive: Archive): Promise<readonly boolean[]> {
  const part = 'xl/styles.xml'
  const dates: boolean[] = []
  if (!archive.has(part)) return dates
  const formats = new Map<string, string>()
  let inCells = false
  await scanXml(archive.text(part), part, {
    open(name, { numFmtId, formatCode }) {
      if (name === 'numFmt') formats.set(numFmtId ?? '', formatCode ?? '')
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) dates.push(isDateFormat(Number(numFmtId), formats.get(numFmtId ?? '')))
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return dates
}

const escaped = /_x([0-9A-Fa-f]{4})_/g

/** Puts the pieces of a text together; leaves out how it is pronounced. */
export class TextGatherer {
  #value = ''
  #inText = false
  #pronounced = false

  get value(): string {
    return this.#value.includes('_x')
      ? this.#value.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      : this.#value
  }

  clear(): void {
    this.#value = ''
  }

  open(name: string): void {
    if (name === 't') this.#inText = true
    else if (name === 'rPh') this.#pronounced = true
  }

  add(text: string): void {
    if (this.#inText && !this.#pronounced) this.#value += text
  }

  close(name: string): void {
    if (name === 't') this.#inText = false
    else if (name === 'rPh') this.#pronounced = false
  }
}
