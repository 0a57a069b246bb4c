import type { CommandToken } from '@waqtor/kernel'
import { type Described, describe, type JsonSchema, propertiesOf, without } from './json-schema.ts'
import { placeOf } from './run-command.ts'
import { sampleOf } from './sample.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: JsonSchema
  readonly description?: string
  readonly style?: 'form'
  readonly explode?: boolean
  readonly example?: unknown
}

export interface Content {
  readonly schema: JsonSchema
  readonly example?: unknown
}

export type Reference = { readonly $ref: string }

/** One operation of an OpenAPI document, as far as this one has them. */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly (Parameter | Reference)[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Content>> } | Reference>
  >
  readonly security?: readonly []
  /** What the registry knows beyond OpenAPI. */
  readonly 'x-waqtor': {
    readonly permission: string
    readonly scope: 'instance' | 'host'
    readonly readOnly?: boolean
    readonly destructive?: boolean
    readonly idempotent?: boolean
  }
}

/** An operation with its place and the schemas that it refers to. */
export interface Placed {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly path: string
  readonly operation: Operation
  readonly named: Readonly<Record<string, JsonSchema>>
}

/**
 * A command as an operation; one without a route is reached under its id.
 * @param known values by the name of a field, for the worked answer
 */
export function operationOf(command: CommandToken, known: Readonly<Record<string, unknown>> = {}): Placed {
  const { id, http, hints = {}, summary, permission, scope } = command
  const method = http?.method ?? 'POST'
  const path = http?.path ?? `/commands/${id}`
  const status = http?.status ?? 200
  const input = describe(command.input, 'input', `${id}.input`)
  const output = describe(command.output, 'output', `${id}.output`)
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((it) => it[1]!)
  const place = placeOf(command)
  const parameters = [
    ...parametersOf(input, inPath, place === 'query', hints.example),
    ...(hints.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
  const body = place === 'body' ? bodyOf(without(input.schema, inPath), inPath, hints.example) : undefined
  const { readOnly, destructive, idempotent } = hints
  return {
    method: method.toLowerCase() as Placed['method'],
    path,
    named: { ...input.named, ...output.named },
    operation: {
      operationId: id,
      summary,
      tags: [tagOf(id)],
      ...(parameters.length > 0 && { parameters }),
      ...(body && { requestBody: body }),
      responses: {
        [status]:
          status === 204
            ? { description: 'Done; there is no body' }
            : {
                description: 'Done',
                content: { 'application/json': { schema: output.schema, ...shownAnswer(command, output, known) } },
              },
        default: { $ref: '#/components/responses/Problem' },
      },
      ...(permission === 'public' && { security: [] as const }),
      'x-waqtor': {
        permission,
        scope,
        ...(readOnly && { readOnly }),
        ...(destructive && { destructive }),
        ...(idempotent && { idempotent }),
      },
    },
  }
}

/** A worked answer to the worked request, where one can be made. */
function shownAnswer(
  { output, hints }: CommandToken,
  { schema, named }: Described,
  known: Readonly<Record<string, unknown>>,
): { example?: unknown } {
  const own = isObject(hints?.example) ? hints.example : {}
  const answer = sampleOf(schema, { named, known: { ...known, ...own } })
  return output.safeParse(answer).success ? { example: answer } : {}
}

function tagOf(id: string): string {
  return id.slice(0, id.indexOf('.') === -1 ? undefined : id.indexOf('.'))
}

function parametersOf(
  input: ReturnType<typeof describe>,
  inPath: readonly string[],
  query: boolean,
  example: unknown,
): Parameter[] {
  const { properties, required } = propertiesOf(input)
  const names = [...inPath, ...(query ? Object.keys(properties).filter((it) => !inPath.includes(it)) : [])]
  return names.map((name) => {
    const { description, ...schema } = properties[name] ?? { type: 'string' as const }
    const at = inPath.includes(name) ? 'path' : 'query'
    const list = schema.type === 'array' || (schema.anyOf ?? []).some((it) => (it as JsonSchema).type === 'array')
    const shown = exampleField(example, name)
    return {
      name,
      in: at,
      required: at === 'path' || required.has(name),
      ...(description !== undefined && { description }),
      schema,
      ...(list && at === 'query' && { style: 'form' as const, explode: false }),
      ...(shown !== undefined && { example: shown }),
    }
  })
}

function bodyOf(schema: JsonSchema, inPath: readonly string[], example: unknown): Operation['requestBody'] {
  if (schema.type === 'object' && schema.properties && Object.keys(schema.properties).length === 0) return undefined
  const shown = isObject(example)
    ? Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.includes(name)))
    : undefined
  return {
    required: schema.type !== 'object' || (schema.required ?? []).length > 0,
    content: { 'application/json': { schema, ...(shown && { example: shown }) } },
  }
}

function exampleField(example: unknown, name: string): unknown {
  return isObject(example) && Object.hasOwn(example, name) ? example[name] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
