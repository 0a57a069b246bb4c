import type { JsonSchema } from './json-schema.ts'

/** What a sample may draw on. */
export interface SampleOptions {
  /** Schemas by the name in `#/components/schemas/<name>`. */
  readonly named: Readonly<Record<string, JsonSchema>>
  /** Values by the name of a field: an answer speaks of what the request spoke of. */
  readonly known?: Readonly<Record<string, unknown>>
}

// Recursive schemas lead back to themselves.
const DEEPEST = 8
const SAMPLE_ID = '01JDK5V8Y2Q4T7M9X3B6N0RCEA'

/**
 * A value that a JSON schema allows, for documents to show. A schema's own `examples` come first, then what is known by the
 * name of the field. Not every schema can be met without knowing what it means: check the value before it is shown.
 */
export function sampleOf(schema: JsonSchema, options: SampleOptions): unknown {
  return sample(schema, options, '', 0)
}

function sample(schema: JsonSchema, options: SampleOptions, name: string, depth: number): unknown {
  const { named, known = {} } = options
  if (depth > DEEPEST) return null
  if (schema.$ref !== undefined)
    return sample(named[schema.$ref.slice('#/components/schemas/'.length)] ?? {}, options, name, depth + 1)
  if (Object.hasOwn(schema, 'const')) return schema.const
  if (Object.hasOwn(known, name) && fits(known[name], schema)) return known[name]
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0]
  if (schema.enum) return schema.enum[0]
  const variants = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (variants) return sample(variants.find((it) => it.type !== 'null') ?? {}, options, name, depth + 1)
  if (schema.allOf)
    return Object.assign({}, ...schema.allOf.map((it) => sample(it as JsonSchema, options, name, depth + 1)))
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(
        fieldsOf(schema).map(([key, field]) => [key, sample(field as JsonSchema, options, key, depth + 1)]),
      )
    case 'array': {
      const count = schema.items ? Math.max(1, schema.minItems ?? 0) : 0
      return Array.from({ length: count }, () => sample(schema.items as JsonSchema, options, name, depth + 1))
    }
    case 'string':
      return text(schema, name)
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, Number(schema.exclusiveMinimum ?? -1) + 1, Math.min(1, schema.maximum ?? 1))
    case 'boolean':
      return true
    default:
      return null
  }
}

/** The fields that are named; of a record, those that its keys are limited to. */
function fieldsOf({ properties = {}, propertyNames, additionalProperties }: JsonSchema): [string, unknown][] {
  const keys = ((propertyNames as JsonSchema | undefined)?.enum ?? []) as string[]
  return [...keys.map((key): [string, unknown] => [key, additionalProperties ?? {}]), ...Object.entries(properties)]
}

/** Texts of the usual kinds, for fields that take only some. */
const usual = ['text', 'en', 'messages:read', '+201001234567', '2026-01-05', '09:30', '#0f766e', '127.0.0.1']

function text({ pattern, ...schema }: JsonSchema, name: string): string {
  const plain = plainText(schema, name)
  if (pattern === undefined) return plain
  const allowed = new RegExp(pattern, 'u')
  // An id often says in front whose it is: `usr_…`.
  const prefix = /^\^?([a-z]+_)/.exec(pattern)?.[1] ?? ''
  return [plain, prefix + SAMPLE_ID, ...usual].find((it) => allowed.test(it)) ?? plain
}

function plainText({ format, contentEncoding, minLength = 0 }: JsonSchema, name: string): string {
  if (format === 'date-time') return '2026-01-05T09:30:00.000Z'
  if (format === 'base64' || contentEncoding === 'base64') return 'SGVsbG8='
  if (/^id$|Id$/.test(name)) return SAMPLE_ID
  return 'text'.padEnd(minLength, '.')
}

function typeOf({ type }: JsonSchema): string | undefined {
  return (Array.isArray(type) ? type.find((it) => it !== 'null') : type) as string | undefined
}

/** As far as it can be told from outside; the whole is checked in the end. */
function fits(value: unknown, schema: JsonSchema): boolean {
  const type = typeOf(schema)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value) && value.length > 0
  // What an object of the request leaves out, one of the answer may need.
  if (type === 'object' || type !== typeof value) return false
  const { pattern, enum: values } = schema
  if (values) return (values as unknown[]).includes(value)
  return pattern === undefined || new RegExp(pattern, 'u').test(value as string)
}
