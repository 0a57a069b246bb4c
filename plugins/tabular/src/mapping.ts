import { type Role, roleOf } from './column-names.ts'
import { invalidTable } from './table.ts'

/** Which column is what. Columns are named as in the file, in any case. */
export interface WantedMapping {
  /** Column of the phone number or chat id. Found by its name when it is not told, and so are the others. */
  readonly phone?: string | undefined
  readonly name?: string | undefined
  readonly language?: string | undefined
  readonly tags?: string | undefined
  /** Column with the words that were agreed to, or with yes and no. */
  readonly consent?: string | undefined
  readonly consentSource?: string | undefined
  readonly consentAt?: string | undefined
  /** Column by the name of the field; all the rest under their own names when it is not told. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

/** Every column that somebody asks for by its name. */
export function namedColumns({ fields = {}, ...wanted }: WantedMapping = {}): readonly string[] {
  return [...Object.values(wanted), ...Object.values(fields)].filter((it) => it !== undefined)
}

/** As it is used: columns as they are named in the file. */
export interface ColumnMapping extends Readonly<Partial<Record<Role, string>>> {
  readonly phone: string
  readonly fields: Readonly<Record<string, string>>
}

const roles: readonly Role[] = ['phone', 'name', 'language', 'tags', 'consent', 'consentSource', 'consentAt']

/**
 * Finds out which column is what: as it is told, else by the names of the columns. The only column of a table is the phone
 * number, whatever its name.
 * @throws WaqtorError WAQ_TABLE_INVALID (400) when a column is not there, or none looks like phone numbers
 */
export function mapColumns(columns: readonly string[], wanted: WantedMapping = {}): ColumnMapping {
  const present = () => `the columns are ${columns.map((it) => `'${it}'`).join(', ')}`
  const find = (name: string) => {
    const column = columns.includes(name) ? name : columns.find((it) => it.toLowerCase() === name.trim().toLowerCase())
    if (column === undefined) throw invalidTable(`there is no column '${name}'; ${present()}`)
    return column
  }
  const found: Partial<Record<Role, string>> = {}
  const fields = Object.entries(wanted.fields ?? {}).map(([field, column]) => [field, find(column)] as const)
  for (const role of roles) if (wanted[role] !== undefined) found[role] = find(wanted[role])
  // A column that somebody wants as something is not taken for something else.
  const free = columns.filter((it) => !Object.values(found).includes(it) && !fields.some(([, column]) => column === it))
  for (const role of roles) {
    const named = free.find((it) => roleOf(it) === role)
    if (named !== undefined) found[role] ??= named
  }
  const phone = found.phone ?? (columns.length === 1 ? columns[0] : undefined)
  if (phone === undefined) throw invalidTable(`no column looks like phone numbers; ${present()}`)
  const used = new Set([phone, ...Object.values(found)])
  const rest = columns.filter((it) => !used.has(it)).map((it) => [it, it] as const)
  return { ...found, phone, fields: Object.fromEntries(wanted.fields ? fields : rest) }
}
