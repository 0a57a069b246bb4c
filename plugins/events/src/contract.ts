import { Cursor, LogField, page } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

/** Where `instance` says this, the host's own log is meant. No account can have this id. */
export const HOST_LOG = 'host'

/** A recorded event as it stands in the log. */
export const RecordedEvent = z.object({
  id: z.string().describe('`evt_…`; the same whenever the event is delivered again'),
  type: z.string(),
  instance: z.string().nullable().describe('The account, or null for events of the host'),
  time: z.string().describe('ISO 8601, UTC'),
  sequence: z.int().positive().describe('Grows by one per log'),
  data: z.unknown(),
})

const typeList = z
  .union([z.string().max(4_000), z.array(z.string().max(100)).max(100)])
  .transform((it) =>
    (typeof it === 'string' ? it.split(',') : it).map((type) => type.trim()).filter((type) => type !== ''),
  )

export const listEvents = defineCommand('events.list', {
  summary: 'Read the event log, oldest first',
  permission: 'events:read',
  scope: 'instance',
  http: { method: 'GET', path: '/events' },
  hints: { readOnly: true, example: { instance: 'default', types: 'message.received,message.status', limit: 100 } },
  input: z.strictObject({
    instance: LogField,
    after: Cursor.optional().describe('A cursor of an earlier page, or a sequence; from the oldest event when absent'),
    types: typeList.optional().describe('Only these types, as a list or separated by commas'),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  output: z.object({
    items: z.array(RecordedEvent),
    nextCursor: Cursor.nullable().describe('Goes on with what is in the log already; null at its end'),
    cursor: Cursor.describe('Where this page ends: keep it to ask later for what has come since'),
  }),
})

/** How far one durable reader has come in one log. */
export const ReaderProgress = z.object({
  reader: z.string(),
  log: z.string().describe('`host`, or the account'),
  through: z.int().nonnegative().describe('The sequence up to which it has taken everything'),
  lag: z.int().nonnegative().describe('Events in the log that it has still to look at'),
})

export const listReaders = defineCommand('events.readers', {
  summary: 'How far each durable reader (webhooks, notifications) has come in each log',
  permission: 'system:read',
  scope: 'host',
  http: { method: 'GET', path: '/events/readers' },
  hints: { readOnly: true, example: {} },
  input: z.strictObject({}),
  output: page(ReaderProgress),
})
