import { type Html, html, prose } from './html.ts'
import type { JsonSchema } from './json-schema.ts'
import type { OpenApiDocument } from './openapi.ts'
import type { Operation } from './operation.ts'

export interface Field {
  readonly name: string
  readonly required: boolean
  readonly schema: JsonSchema
  readonly place?: string
}

/** Fields nested deeper than this are named by their type alone. */
const DEEPEST = 4

/** A table of fields, or of the fields of a schema; nested ones are written `options.linkPreview` and `items[].id`. */
export function fieldTable(of: readonly Field[] | JsonSchema, document: OpenApiDocument): Html {
  const fields = isFields(of) ? of : fieldsOf(of, '', document, 0)
  if (fields.length === 0) return html`<p class="dim">${isFields(of) ? '' : typeOf(of, document)}</p>`
  return html`<table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>${fields.map(
    ({ name, required, schema, place }) =>
      html`<tr><td><code>${name}</code></td><td>${typeOf(schema, document)}${
        place !== undefined && html` <span class="dim">in ${place}</span>`
      }${!required && html` <span class="dim">optional</span>`}</td><td>${prose(schema.description ?? '')}${
        schema.default !== undefined &&
        html` <span class="dim">default <code>${JSON.stringify(schema.default)}</code></span>`
      }</td></tr>`,
  )}</tbody></table>`
}

function isFields(of: readonly Field[] | JsonSchema): of is readonly Field[] {
  return Array.isArray(of)
}

function fieldsOf(schema: JsonSchema, prefix: string, document: OpenApiDocument, depth: number): Field[] {
  const { properties = {}, required = [], anyOf, oneOf, allOf } = resolved(schema, document)
  if (depth > DEEPEST) return []
  const own = Object.entries(properties).flatMap(([key, value]) => {
    const field = value as JsonSchema
    const name = prefix + key
    return [{ name, required: required.includes(key), schema: field }, ...inside(field, name, document, depth)]
  })
  const variants = [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])] as JsonSchema[]
  const others = variants.flatMap((it) => fieldsOf(it, prefix, document, depth + 1))
  const known = new Set(own.map((it) => it.name))
  return [...own, ...others.filter(({ name }) => !known.has(name) && known.add(name))]
}

function inside(schema: JsonSchema, name: string, document: OpenApiDocument, depth: number): Field[] {
  const { items } = resolved(schema, document)
  if (items && typeof items === 'object' && !Array.isArray(items))
    return fieldsOf(items as JsonSchema, `${name}[].`, document, depth + 1)
  return fieldsOf(schema, `${name}.`, document, depth + 1)
}

function resolved(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  if (schema.$ref === undefined) return schema
  return document.components.schemas[schema.$ref.slice('#/components/schemas/'.length)] ?? {}
}

/** A type in words: `integer 1–500`, `"pause" | "resume"`, `list of string`. */
function typeOf(schema: JsonSchema, document: OpenApiDocument, depth = 0): string {
  if (depth > DEEPEST) return '…'
  const { type, enum: values, const: only, anyOf, oneOf, items, minimum, maximum } = resolved(schema, document)
  if (values) return values.map((it) => JSON.stringify(it)).join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  const variants = (anyOf ?? oneOf) as JsonSchema[] | undefined
  if (variants) return [...new Set(variants.map((it) => typeOf(it, document, depth + 1)))].join(' | ')
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema, document, depth + 1)}`
  const word = ([type].flat() as (string | undefined)[]).map((it) => it ?? 'anything').join(' | ')
  const bounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return bounded ? `${word} ${minimum}–${maximum}` : word
}

/** The operation as it is typed into a shell. */
export function curlOf(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).flatMap((it) => ('$ref' in it ? [] : [it]))
  const filled = parameters
    .filter((it) => it.in === 'path')
    .reduce((url, it) => url.replace(`{${it.name}}`, String(it.example ?? `<${it.name}>`)), path)
  const query = parameters
    .filter((it) => it.in === 'query' && it.example !== undefined)
    .map((it) => `${it.name}=${encodeURIComponent(String(it.example))}`)
  const example = operation.requestBody?.content['application/json']?.example
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(`http://127.0.0.1:8080${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`)}`,
  ]
  if (!operation.security) lines.push(`-H "X-API-Key: $WAQTOR_API_KEY"`)
  if (operation['x-waqtor'].idempotent) lines.push(`-H 'Idempotency-Key: <your own id>'`)
  if (operation.requestBody) {
    lines.push(`-H 'Content-Type: application/json'`)
    lines.push(`-d ${quoted(JSON.stringify(example ?? {}))}`)
  }
  return lines.join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
