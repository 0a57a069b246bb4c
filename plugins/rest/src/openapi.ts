import type { CommandToken, EventToken, KernelView, Principal } from '@waqtor/kernel'
import { streamSubject } from './event-streams.ts'
import { describe, type JsonSchema } from './json-schema.ts'
import { type Operation, operationOf, type Parameter, type Placed } from './operation.ts'
import { type OwnOptions, ownOperations } from './own-operations.ts'
import { sampleOf } from './sample.ts'

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly responses: Readonly<Record<string, unknown>>
    readonly schemas: Readonly<Record<string, JsonSchema>>
  }
  readonly 'x-waqtor-events': Readonly<Record<string, DescribedEvent>>
}

export interface DescribedEvent {
  readonly summary?: string
  readonly permission: string
  readonly scope: 'instance' | 'host'
  readonly recorded: boolean
  readonly data: JsonSchema
  /** What such an event may carry. */
  readonly example?: unknown
}

export interface OpenApiOptions extends OwnOptions {
  readonly kernel: KernelView
  readonly version: string
  /** Path under which the API is served. */
  readonly prefix: string
}

/** Describes the API from the registries as they are now. Nothing in it depends on time or on the order of plugins. */
export class OpenApi {
  readonly #options: OpenApiOptions
  #operations = new WeakMap<CommandToken, Placed>()
  /** Ids that examples use, by field: what one operation makes, the next one shows. */
  #known: Readonly<Record<string, unknown>> = {}
  #commands = -1
  readonly #events = new WeakMap<EventToken, ReturnType<typeof describe>>()

  constructor(options: OpenApiOptions) {
    this.#options = options
  }

  /** Changes whenever the document may have changed. */
  get version(): string {
    const { commands, events } = this.#options.kernel
    return `${commands.version} ${events.list().map((it) => it.id)}`
  }

  /** The whole document, or what `principal` may use of it. */
  document(principal?: Principal): OpenApiDocument {
    const { kernel, version, prefix } = this.#options
    this.#look()
    const events = kernel.events.list().filter((it) => !principal || !kernel.refusal(it, principal))
    const { publicReference } = this.#options
    const stream = this.#options.stream && !(principal && kernel.refusal(streamSubject, principal))
    const placed = [
      ...ownOperations({ stream, publicReference }),
      ...kernel.commands.list(principal).map((it) => this.#operation(it)),
    ]
    const paths: Record<string, Record<string, Operation>> = {}
    const schemas: Record<string, JsonSchema> = { Problem: problemSchema }
    for (const { path, method, operation, named } of placed) {
      paths[path] ??= {}
      // As in the routes: the first of two commands has the place.
      paths[path][method] ??= operation
      Object.assign(schemas, named)
    }
    const described: Record<string, DescribedEvent> = {}
    for (const event of events) {
      const { schema, named } = this.#event(event)
      const { summary, permission, scope, kind } = event
      described[event.id] = {
        ...(summary && { summary }),
        permission,
        scope,
        recorded: kind === 'recorded',
        data: schema,
        ...shownData(event, schema, named, this.#known),
      }
      Object.assign(schemas, named)
    }
    const tags = new Set(placed.flatMap((it) => it.operation.tags))
    return {
      openapi: '3.1.1',
      info: {
        title: 'WaQtor',
        version,
        description: 'WhatsApp automation: the API of this host, made from its commands.',
      },
      servers: [{ url: prefix }],
      security: [{ apiKey: [] }, { bearer: [] }],
      tags: [...tags].sort().map((name) => ({ name })),
      paths: sorted(paths),
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
        parameters: { IdempotencyKey: idempotencyKey },
        responses: {
          Problem: {
            description: 'What was wrong, and what to do (RFC 9457)',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        },
        schemas: sorted(schemas),
      },
      'x-waqtor-events': described,
    }
  }

  /** Begins anew when there are other commands. */
  #look(): void {
    const { commands } = this.#options.kernel
    if (commands.version === this.#commands) return
    this.#commands = commands.version
    this.#operations = new WeakMap()
    const fields = commands.list().flatMap(({ hints }) => Object.entries(hints?.example ?? {}))
    this.#known = Object.fromEntries(fields.filter(([name]) => name.endsWith('Id')).reverse())
  }

  #operation(command: CommandToken): Placed {
    const known = this.#operations.get(command) ?? operationOf(command, this.#known)
    this.#operations.set(command, known)
    return known
  }

  #event(event: EventToken): ReturnType<typeof describe> {
    const known = this.#events.get(event) ?? describe(event.schema, 'output', `${event.id}.data`)
    this.#events.set(event, known)
    return known
  }
}

function shownData(
  { schema }: EventToken,
  json: JsonSchema,
  named: Readonly<Record<string, JsonSchema>>,
  known: Readonly<Record<string, unknown>>,
): { example?: unknown } {
  const data = sampleOf(json, { named, known })
  return schema.safeParse(data).success ? { example: data } : {}
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes repeating safe: the same key with the same request gets the same answer for 24 hours, and nothing is done twice',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const problemSchema: JsonSchema = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'Compare this one; texts may change' },
    requestId: { type: 'string' },
    fix: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
}

function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
}
