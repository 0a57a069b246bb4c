/** Requests made from an OpenAPI document alone, as a client that knows nothing else would make them. */
import { z } from '@waqtor/kernel'

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
type Json = any

export interface Operation {
  readonly method: string
  /** With `{parameters}`. */
  readonly path: string
  readonly id: string
  readonly spec: Json
  readonly parameters: readonly Json[]
}

/** Every operation of a document, with its parameters resolved. */
export function operationsOf(document: Json): readonly Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, spec]) => ({
      method: method.toUpperCase(),
      path,
      id: spec.operationId,
      spec,
      parameters: (spec.parameters ?? []).map((it: Json) => resolve(it, document)),
    })),
  )
}

/** The example as one object: parameters and body together. */
export function exampleOf({ parameters, spec }: Operation): Record<string, unknown> {
  const named = parameters.filter((it) => it.example !== undefined && it.in !== 'header')
  return {
    ...Object.fromEntries(named.map((it) => [it.name, it.example])),
    ...bodyContent(spec)?.example,
  }
}

/** True when the document shows how to call it. */
export function hasExample(operation: Operation): boolean {
  const { parameters, spec } = operation
  const body = bodyContent(spec)
  const required = parameters.filter((it) => it.required && it.example === undefined)
  return required.length === 0 && (!body || body.example !== undefined)
}

/** Puts fields to where the document says that they belong. */
export function requestOf({ method, path, parameters, spec }: Operation, fields: Readonly<Record<string, unknown>>) {
  const query = new URLSearchParams()
  let filled = path
  const body: Record<string, unknown> = { ...fields }
  for (const { name, in: place } of parameters) {
    if (!(name in fields)) continue
    delete body[name]
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(fields[name])))
    else if (place === 'query') query.set(name, written(fields[name]))
  }
  const search = query.size > 0 ? `?${query}` : ''
  return { method, path: filled + search, ...(spec.requestBody && { body }) }
}

/** What the document promises for a status: a schema to check the answer with, nothing where it promises no body. */
export function promised({ spec }: Operation, status: number, document: Json): { schema?: z.ZodType; type?: string } {
  const response = resolve(spec.responses[status] ?? spec.responses.default, document)
  const [[type, content] = []] = Object.entries<Json>(response.content ?? {})
  if (!content) return {}
  if (!type?.includes('json')) return { type }
  const { schema } = localized({ schema: content.schema, $defs: document.components.schemas }) as Json
  const $defs = (localized(document.components.schemas) as Json) ?? {}
  return { type, schema: z.fromJSONSchema({ ...schema, $defs }) }
}

function bodyContent(spec: Json): Json {
  return spec.requestBody?.content?.['application/json']
}

function resolve(node: Json, document: Json): Json {
  if (!node?.$ref) return node
  return node.$ref
    .slice(2)
    .split('/')
    .reduce((at: Json, name: string) => at[name], document)
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** References of a document as references within one schema. */
function localized(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(localized)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/components/schemas/', '#/$defs/')
        : localized(value),
    ]),
  )
}
