import { damageIn } from './csv-tokenizer.ts'
import { type Encoding, readText } from './encoding.ts'
import { JsonObjects } from './json-objects.ts'
import { invalidTable, type RawRow, type TableLimits } from './table.ts'

/** How deep an object may be nested; far deeper ones could not be written down again. */
const deepest = 32

/** How many objects are looked at for the names of the columns. */
const sample = 2_000

/** Rows of a JSON file: an array of objects, or one object after another. The columns are those of the first objects. */
export async function* readJson(
  path: string,
  encoding: Encoding,
  limits: TableLimits,
): AsyncGenerator<readonly RawRow[]> {
  const objects = new JsonObjects(limits)
  const first: JsonRow[] = []
  let columns: Columns | undefined
  for await (const piece of readText(path, encoding)) {
    const found = objects.push(piece).map((it) => readObject(it.line, it.text))
    if (columns) yield found.map(columns.row)
    else if (first.push(...found) >= sample) {
      columns = new Columns(first.slice(0, sample), limits)
      yield [columns.header, ...first.map(columns.row)]
    }
  }
  const rest = objects.end().map((it) => readObject(it.line, it.text))
  if (columns) yield rest.map(columns.row)
  else if (first.length + rest.length > 0) {
    columns = new Columns([...first, ...rest].slice(0, sample), limits)
    yield [columns.header, ...first.map(columns.row), ...rest.map(columns.row)]
  }
}

type JsonRow = { readonly line: number; readonly cells: ReadonlyMap<string, string> } | RawRow

function readObject(line: number, text: string): JsonRow {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { line, values: [text], problem: `it is no JSON: ${error instanceof Error ? error.message : error}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, values: [text], problem: 'it is no JSON object' }
  if (isDeeper(value, deepest))
    return { line, values: [text.slice(0, 200)], problem: `it is nested more than ${deepest} deep` }
  return { line, cells: new Map(Object.entries(value).map(([name, it]) => [name, cellOf(it)])) }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((it) => isDeeper(it, depth - 1))
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value) && value.every((it) => typeof it !== 'object')) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

class Columns {
  readonly #names: readonly string[]
  readonly #known: ReadonlySet<string>
  readonly #limits: TableLimits

  constructor(first: readonly JsonRow[], limits: TableLimits) {
    this.#known = new Set(first.flatMap((it) => ('cells' in it ? [...it.cells.keys()] : [])))
    this.#names = [...this.#known]
    this.#limits = limits
    if (this.#names.length > limits.columns)
      throw invalidTable(`the objects have more than ${limits.columns.toLocaleString('en')} different fields`)
  }

  get header(): RawRow {
    return { line: 1, values: this.#names }
  }

  readonly row = (it: JsonRow): RawRow => {
    if (!('cells' in it)) return it
    const { line, cells } = it
    const values = this.#names.map((name) => cells.get(name) ?? '')
    const long = values.findIndex((value) => value.length > this.#limits.fieldLength)
    if (long >= 0)
      throw invalidTable(
        `'${this.#names[long]}' of the object on line ${line} has more than ${this.#limits.fieldLength.toLocaleString('en')} characters`,
      )
    const stranger = [...cells.keys()].find((name) => !this.#known.has(name))
    const problem =
      stranger === undefined ? damageIn(values) : `it has the field '${stranger}', which the first objects do not have`
    return problem ? { line, values, problem } : { line, values }
  }
}
