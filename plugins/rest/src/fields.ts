import { parseJson } from '@waqtor/http-input'
import { WaqtorError, z } from '@waqtor/kernel'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** What a field of a command's input may be, as far as a text has to be converted for it. */
interface Kinds {
  readonly string: boolean
  readonly number: boolean
  readonly boolean: boolean
  readonly object: boolean
  /** Of the items, where the field may be a list. */
  readonly items: Kinds | undefined
}

/** The fields of an input by name. */
export type Fields = ReadonlyMap<string, Kinds>

/** Finds out what the fields of an input are, so that a plugin's author need not think of query strings. */
export function fieldsOf(schema: z.ZodType): Fields {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const fields = new Map<string, JsonSchema[]>()
  collect(root, root, fields, 0)
  return new Map([...fields].map(([name, schemas]) => [name, kindsOf(schemas, root, 0)]))
}

// Recursive schemas lead back to themselves; nothing that a query can say lies deeper than this.
const DEEPEST = 8

function collect(schema: JsonSchema, root: JsonSchema, fields: Map<string, JsonSchema[]>, depth: number): void {
  if (depth > DEEPEST) return
  for (const variant of variantsOf(schema, root)) collect(variant, root, fields, depth + 1)
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    fields.set(name, [...(fields.get(name) ?? []), field as JsonSchema])
}

function kindsOf(schemas: readonly JsonSchema[], root: JsonSchema, depth: number): Kinds {
  const found = { string: false, number: false, boolean: false, object: false }
  const items: JsonSchema[] = []
  const look = (schema: JsonSchema, level: number): void => {
    if (level > DEEPEST) return
    for (const variant of variantsOf(schema, root)) look(variant, level + 1)
    const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
    const types = schema.type === undefined ? values.map((it) => typeof it) : [schema.type].flat()
    for (const type of types as string[]) {
      if (type === 'string') found.string = true
      if (type === 'number' || type === 'integer') found.number = true
      if (type === 'boolean') found.boolean = true
      if (type === 'object') found.object = true
      if (type === 'array') items.push((schema.items ?? {}) as JsonSchema)
    }
  }
  for (const schema of schemas) look(schema, depth)
  const list = items.length > 0 && depth <= DEEPEST
  return { ...found, items: list ? kindsOf(items, root, depth + 1) : undefined }
}

function variantsOf(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const referred = schema.$ref === undefined ? [] : [resolve(schema.$ref, root)]
  return [...referred, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])] as JsonSchema[]
}

function resolve(reference: string, root: JsonSchema): JsonSchema {
  return (reference === '#' ? root : root.$defs?.[reference.slice('#/$defs/'.length)]) ?? {}
}

/**
 * A query as an input. Values become what their field asks for; a list is written `a,b` or by repeating the name.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) for a name that stands there twice and is no list: which one is meant?
 */
export function readQuery(search: string, fields: Fields): Record<string, unknown> {
  const params = new URLSearchParams(search)
  const input: Record<string, unknown> = {}
  for (const name of new Set(params.keys())) {
    if (name === '__proto__') throw invalid(name, 'is refused')
    input[name] = convert(name, params.getAll(name), fields.get(name))
  }
  return input
}

/** Texts as what the field asks for; what does not fit stays a text, for the schema to refuse in its own words. */
export function convert(name: string, values: readonly string[], kinds: Kinds | undefined): unknown {
  const [value = '', ...more] = values
  if (more.length > 0) {
    if (!kinds?.items) throw invalid(name, 'stands in the query more than once')
    const { items } = kinds
    return values.map((it) => single(it, items))
  }
  if (kinds?.items && !kinds.string) {
    const { items } = kinds
    return value === '' ? [] : value.split(',').map((it) => single(it, items))
  }
  return single(value, kinds)
}

function single(value: string, kinds: Kinds | undefined): unknown {
  if (!kinds || kinds.string) return value
  if (kinds.number && /^-?\d{1,20}(\.\d{1,20})?$/.test(value)) return Number(value)
  if (kinds.boolean && (value === 'true' || value === '1')) return true
  if (kinds.boolean && (value === 'false' || value === '0')) return false
  if (kinds.object && value.startsWith('{')) return parseJson(value)
  return value
}

function invalid(path: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', `'${path}' ${message}`, { details: { errors: [{ path, message }] } })
}
