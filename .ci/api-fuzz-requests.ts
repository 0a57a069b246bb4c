/** Requests that are made from an OpenAPI document, most of them a little wrong. */
import fc from 'fast-check'
import type { Operation } from './openapi-request.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents and schemas of any shape
type Json = any

export interface FuzzRequest {
  readonly method: string
  /** Below `/api/v2`, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Absent where it was made without one in mind. */
  readonly operation?: Operation
}

const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(
      null,
      -1,
      0,
      1e308,
      Number.MAX_SAFE_INTEGER + 2,
      '',
      '\u0000',
      '__proto__',
      '../../etc/passwd',
      '=1+1',
      '*',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('instance', 'id', '__proto__', 'constructor', 'prototype', 'a'), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value

const headers: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        'Content-Type',
        'Idempotency-Key',
        'X-Request-Id',
        'Accept',
        'Range',
        'Cookie',
        'X-HTTP-Method-Override',
      ),
      fc.constantFrom('application/json', 'text/plain', 'a', '*/*', 'bytes=0-', 'DELETE', 'x'.repeat(300)),
      { maxKeys: 2 },
    ),
  },
)

/** Requests that have little to do with the document. */
export const nonsense: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path: fc
    .array(
      fc.oneof(fc.webSegment(), fc.constantFrom('campaigns', 'messages', '..', '%2e%2e', '%00', '%zz', '__proto__')),
      {
        maxLength: 4,
      },
    )
    .map((it) => `/${it.join('/')}`)
    // The documented routes are asked elsewhere, and a stream has no end.
    .filter((it) => !it.includes('stream')),
  headers,
  body: fc.option(fc.oneof(anything, fc.string({ unit: 'binary', maxLength: 60 })), { nil: undefined }),
})

/** Requests to one operation: mostly as documented, often a little wrong. */
export function requestTo(operation: Operation, document: Json): fc.Arbitrary<FuzzRequest> {
  const { parameters, spec, method, path } = operation
  const placed = Object.fromEntries(
    parameters
      .filter((it) => it.in !== 'header')
      .map((it) => [it.name, optional(often(valueFor(it.schema, document, it.name, 0, it.example)), it.required)]),
  )
  const content = spec.requestBody?.content?.['application/json']
  const body: fc.Arbitrary<unknown> = content
    ? fc.oneof(
        { weight: 12, arbitrary: valueFor(content.schema, document, '', 0) },
        { weight: 6, arbitrary: content.example === undefined ? anything : fc.constant(content.example) },
        { weight: 1, arbitrary: anything },
        { weight: 1, arbitrary: fc.nat(60).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) },
      )
    : fc.constant(undefined)
  return fc.record({ fields: fc.record(placed), body, headers }).map(({ fields, body: sent, headers: own }) => {
    const query = new URLSearchParams()
    let filled = path
    for (const { name, in: place } of parameters) {
      const value = (fields as Record<string, unknown>)[name]
      if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(text(value) || '~'))
      else if (value !== undefined) query.set(name, text(value))
    }
    const whole = query.size > 0 ? `${filled}?${query}` : filled
    return { method, path: whole, headers: own, operation, ...(sent !== undefined && { body: sent }) }
  })
}

/** Lone surrogates cannot stand in a URL. */
function text(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed()
}

const often = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 15, arbitrary: value }, { weight: 1, arbitrary: anything })
const optional = (value: fc.Arbitrary<unknown>, required: boolean): fc.Arbitrary<unknown> =>
  required ? value : fc.option(value, { nil: undefined, freq: 2 })

/** Values that a schema allows, as far as that goes. */
function valueFor(schema: Json, document: Json, name: string, depth: number, example?: unknown): fc.Arbitrary<unknown> {
  if (depth > 6) return fc.constant(null)
  // An account that does not exist answers quickly; one that is not connected would keep every send waiting.
  if (name === 'instance') return fc.constantFrom('default', 'default', 'default', 'nobody', 'host', '..')
  const shown = example ?? schema.examples?.[0]
  const inner = schemaValue(schema, document, name, depth)
  return shown === undefined
    ? inner
    : fc.oneof({ weight: 1, arbitrary: fc.constant(shown) }, { weight: 2, arbitrary: inner })
}

function schemaValue(schema: Json, document: Json, name: string, depth: number): fc.Arbitrary<unknown> {
  if (schema.$ref)
    return valueFor(document.components.schemas[schema.$ref.split('/').at(-1)], document, name, depth + 1)
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) return fc.oneof(...variants.map((it: Json) => valueFor(it, document, name, depth + 1)))
  switch ([schema.type].flat()[0]) {
    case 'object': {
      const required = new Set(schema.required ?? [])
      const fields = Object.entries<Json>(schema.properties ?? {}).map(([key, field]) => [
        key,
        optional(often(valueFor(field, document, key, depth + 1)), required.has(key)),
      ])
      const known = fc.record(Object.fromEntries(fields)).map(defined)
      const more = schema.additionalProperties
      if (!more || more === true) return known
      const free = fc.dictionary(fc.string({ maxLength: 8 }), valueFor(more, document, '', depth + 1), { maxKeys: 3 })
      return fc.tuple(known, free).map(([a, b]) => ({ ...b, ...a }))
    }
    case 'array':
      return fc.array(often(valueFor(schema.items ?? {}, document, name, depth + 1)), {
        minLength: Math.min(schema.minItems ?? 0, 3),
        maxLength: Math.max(schema.minItems ?? 0, 3),
      })
    case 'string':
      return stringFor(schema)
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Math.max(schema.minimum ?? -10, -1e9), max: Math.min(schema.maximum ?? 1_000, 1e9) }),
        fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 0),
      )
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return anything
  }
}

function stringFor({ pattern, format, minLength = 0, maxLength = 40 }: Json): fc.Arbitrary<string> {
  const free = fc.string({ unit: 'grapheme', minLength: Math.min(minLength, 100), maxLength: Math.min(maxLength, 100) })
  const people = fc.constantFrom('+201001234567', '201001234567@c.us', '+966501234567', 'Hello {{name|friend}}', 'منى')
  const typed = format === 'date-time' ? [fc.date({ noInvalidDate: true }).map((it) => it.toISOString())] : []
  if (format === 'base64') return fc.base64String({ maxLength: 40 })
  if (pattern === undefined) return fc.oneof(free, people, ...typed)
  try {
    return fc.oneof(fc.stringMatching(new RegExp(pattern)), free, people, ...typed)
  } catch {
    return fc.oneof(free, people, ...typed)
  }
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
