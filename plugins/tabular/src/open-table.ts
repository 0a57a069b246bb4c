import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { detectDelimiter, readCsv } from './csv.ts'
import { detectEncoding, type Encoding } from './encoding.ts'
import { readJson } from './json.ts'
import { whyNoText } from './not-text.ts'
import {
  defaultLimits,
  invalidTable,
  type RawTable,
  type TableFormat,
  type TableLimits,
  type TableOptions,
} from './table.ts'

const headBytes = 64 * 1024
const byEnding: Readonly<Record<string, TableFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
}

/**
 * Finds out what a file is, and opens it.
 * @throws WaqtorError WAQ_TABLE_INVALID (400) · an error of the file system as it comes
 */
export async function openTable(path: string, options: TableOptions): Promise<RawTable> {
  const limits = { ...defaultLimits, ...options.limits }
  const head = await readHead(path)
  if (options.format === 'xlsx' || (options.format === undefined && isZip(head))) return openXlsx(path, options, limits)
  if (isZip(head)) throw invalidTable(`the file is an XLSX file and not ${options.format?.toUpperCase()}`)
  if (isOldExcel(head))
    throw invalidTable('the file is an XLS file of an old Excel, or locked by a password; save it as XLSX')
  const encoding = options.encoding ?? (await detectEncoding(path))
  const noText = encoding.startsWith('utf-16') ? undefined : whyNoText(head)
  if (noText !== undefined) throw invalidTable(`${noText}; people come as CSV, XLSX or JSON`)
  const text = new TextDecoder(encoding).decode(head, { stream: true })
  const format = options.format ?? byEnding[extname(options.filename ?? path).toLowerCase()] ?? formatOf(text)
  return format === 'json'
    ? {
        info: { format, encoding, delimiter: null, sheet: null },
        rows: readJson(path, encoding, limits),
      }
    : openCsv(path, encoding, options.delimiter ?? detectDelimiter(text), limits)
}

function openCsv(path: string, encoding: Encoding, delimiter: string, limits: TableLimits): RawTable {
  return {
    info: { format: 'csv', encoding, delimiter, sheet: null },
    rows: readCsv(path, encoding, delimiter, limits),
  }
}

async function openXlsx(path: string, options: TableOptions, limits: TableLimits): Promise<RawTable> {
  // The parsers of the format are loaded by the first file that needs them.
  const { openSheet } = await import('./xlsx/read-xlsx.ts')
  const { name, rows } = await openSheet(path, options.sheet, limits)
  return { info: { format: 'xlsx', encoding: null, delimiter: null, sheet: name }, rows }
}

async function readHead(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  return buffer.subarray(0, bytesRead)
}

function isZip(head: Buffer): boolean {
  return head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))
}

function isOldExcel(head: Buffer): boolean {
  return head.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))
}

/** An array of objects, an object a line, or else a table. */
function formatOf(text: string): TableFormat {
  return /^\s*(?:\[\s*)?\{\s*["}]/.test(text) ? 'json' : 'csv'
}
