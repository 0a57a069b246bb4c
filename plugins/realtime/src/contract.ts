import { type ClientEvents, Cursor, defineChannel, type Problem, type ServerEvents } from '@waqtor/contracts'
import { defineCommand, type Envelope, z } from '@waqtor/kernel'

/** Every event, by subscription, and every command. `auth.instance` picks the log; `host` is the host's own. */
export const EventsChannel = defineChannel('/events', {
  summary: 'Any event by subscription, with replay, and any command',
  permission: 'events:read',
  scope: 'instance',
  events: [],
})

/** What a client of `/events` sends with `subscribe`. A new subscription takes the place of the one before. */
export const Subscribe = z.strictObject({
  types: z.array(z.string().min(1).max(100)).max(100).optional().describe('Only these; all that the client may see'),
  after: Cursor.or(z.int().nonnegative())
    .optional()
    .describe('A sequence or a cursor: first what came after it, then what happens. Only what happens when absent'),
})

/** What a client of `/events` sends with `execute`. */
export const Execute = z.strictObject({
  command: z.string().min(1).max(200).describe('`messages.sendText`'),
  input: z.unknown().optional(),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters without spaces')
    .optional(),
})

/** How a request over a socket is answered: `{}` or `{ output }`, or what went wrong, as over HTTP. */
export type Reply<T = unknown> = { readonly output?: T } | { readonly problem: Problem }

/** What clients of `/events` hear. */
export type EventsServerEvents = ServerEvents<typeof EventsChannel> & {
  readonly event: (envelope: Envelope) => void
}

/**
 * What clients of `/events` may say.
 * @example
 * const socket: Socket<EventsServerEvents, EventsClientEvents> = io(`${url}/events`, { auth: { token } })
 * const answer = await socket.emitWithAck('execute', { command: 'messages.sendText', input: { chatId, text } })
 */
export interface EventsClientEvents extends ClientEvents {
  readonly subscribe: (request: z.input<typeof Subscribe>, answer: (reply: Reply) => void) => void
  readonly unsubscribe: (answer: (reply: Reply) => void) => void
  readonly execute: (request: z.input<typeof Execute>, answer: (reply: Reply) => void) => void
}

const count = z.int().nonnegative()

export const realtimeStats = defineCommand('realtime.stats', {
  summary: 'Live connections: how many there are, and what became of the others',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/realtime/stats' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: z.object({
    address: z.string().nullable().describe('Where clients connect, when it is not where the server listens'),
    total: count.describe('Clients of all channels; one connection may carry several'),
    byNamespace: z.record(z.string(), count).describe('Clients of each channel'),
    connections: count,
    subscriptions: count.describe('Clients of `/events` that follow events'),
    broadcasts: count.describe('Events that were sent to a channel, each to all of its clients at once'),
    coalesced: count.describe('Events that a later one of the same thing took the place of before they were sent'),
    refused: count.describe('Clients that were not let in'),
    revoked: count.describe('Clients that were cut because their credential ended, or no longer allows the channel'),
    dropped: count.describe('Connections that were cut because their client does not read, or sends too much'),
    limited: count.describe('Messages of clients that were refused because there were too many'),
  }),
})
