import type { JsonSchema } from './json-schema.ts'
import type { Parameter, Placed } from './operation.ts'

const problem = { $ref: '#/components/responses/Problem' }
const object: JsonSchema = { type: 'object' }

/** The routes that are no commands. */
export function ownOperations({ stream, publicReference }: OwnOptions): readonly Placed[] {
  return [runCommand, document, reference(publicReference), ...(stream ? [eventStream] : [])]
}

export interface OwnOptions {
  /** There is an event log to stream. */
  readonly stream: boolean
  readonly publicReference: boolean
}

const runCommand: Placed = {
  method: 'post',
  path: '/commands/{id}',
  named: {},
  operation: {
    operationId: 'rest.runCommand',
    summary: 'Run any command by its id',
    description: 'Every command can be called this way, those with a route of their own included.',
    tags: ['rest'],
    parameters: [
      parameter('id', 'path', { type: 'string' }, 'As listed under `operationId`', 'messages.sendText'),
      { $ref: '#/components/parameters/IdempotencyKey' },
    ],
    requestBody: {
      required: false,
      content: {
        'application/json': { schema: object, example: { chatId: '+20 100 123 4567', text: 'Hello from WaQtor' } },
      },
    },
    responses: {
      '200': { description: "The command's answer", content: { 'application/json': { schema: {} } } },
      '204': { description: 'Done; the command answers nothing' },
      default: problem,
    },
    'x-waqtor': { permission: "the command's", scope: 'host' },
  },
}

const document: Placed = {
  method: 'get',
  path: '/openapi.json',
  named: {},
  operation: {
    operationId: 'rest.openapi',
    summary: 'This document, with what the credential may use',
    tags: ['rest'],
    responses: {
      '200': { description: 'OpenAPI 3.1', content: { 'application/json': { schema: object } } },
      default: problem,
    },
    'x-waqtor': { permission: 'any credential', scope: 'host', readOnly: true },
  },
}

function reference(open: boolean): Placed {
  return {
    method: 'get',
    path: '/reference',
    named: {},
    operation: {
      operationId: 'rest.reference',
      summary: 'This API as a page to read',
      tags: ['rest'],
      responses: {
        '200': { description: 'A page', content: { 'text/html': { schema: { type: 'string' } } } },
        default: problem,
      },
      ...(open && { security: [] as const }),
      'x-waqtor': { permission: open ? 'public' : 'any credential', scope: 'host', readOnly: true },
    },
  }
}

const eventStream: Placed = {
  method: 'get',
  path: '/events/stream',
  named: {},
  operation: {
    operationId: 'rest.streamEvents',
    summary: 'Follow events as they happen (server-sent events)',
    description:
      'Each event has its `type` as `event`, its envelope as `data`, and, where it was recorded, its sequence as `id`. ' +
      'A client that comes back with `Last-Event-ID` gets what it missed. A line of comment comes every 15 seconds. ' +
      'A client that does not keep up is disconnected.',
    tags: ['events'],
    parameters: [
      parameter(
        'instance',
        'query',
        { type: 'string', default: 'default' },
        "The account, or `host` for the host's own events",
      ),
      parameter(
        'types',
        'query',
        { type: 'string' },
        'Only these types, separated by commas',
        'message.received,message.status',
      ),
      parameter('after', 'query', { type: 'string' }, 'As `Last-Event-ID`: begin after this sequence'),
      parameter('Last-Event-ID', 'header', { type: 'string' }, 'Sent by browsers when they connect anew'),
    ],
    responses: {
      '200': { description: 'A stream', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      default: problem,
    },
    'x-waqtor': { permission: 'events:read', scope: 'instance', readOnly: true },
  },
}

function parameter(
  name: string,
  at: Parameter['in'],
  schema: JsonSchema,
  description: string,
  example?: unknown,
): Parameter {
  return { name, in: at, required: at === 'path', description, schema, ...(example !== undefined && { example }) }
}
