import { channelEvent, channelState, defineChannel, InstanceField, Timestamp } from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'

const counters = z.object({
  sent: z.int(),
  received: z.int(),
  failed: z.int(),
  since: Timestamp.describe('When the account was opened'),
  timestamp: Timestamp,
})

/** Live counters of an instance since it was opened; at most one a second. */
export const SessionStats = defineEvent('session.stats', {
  kind: 'transient',
  permission: 'messages:read',
  scope: 'instance',
  summary: 'Counters of an instance',
  schema: counters,
})

/** Rows that the outbox or a person has still to do with; docs/delivery.md says what each state means. */
export const OutboxDepths = z.object({
  queued: z.int().nonnegative(),
  sending: z.int().nonnegative(),
  unknown: z.int().nonnegative(),
  reconciling: z.int().nonnegative(),
  waiting: z.int().nonnegative().describe('Handed over, not acknowledged yet'),
  held: z.int().nonnegative().describe('Fate not known: a person decides'),
})

export const messageStats = defineCommand('messages.stats', {
  summary: 'How many messages went out and came in since the account was opened, and what waits in its outbox',
  permission: 'messages:read',
  scope: 'instance',
  http: { method: 'GET', path: '/messages/stats' },
  hints: { readOnly: true, example: { instance: 'default' } },
  input: z.strictObject({ instance: InstanceField }),
  output: counters.extend({ outbox: OutboxDepths }),
})

export const resetStats = defineCommand('session.resetStats', {
  summary: 'Let the live counters of an instance begin anew',
  permission: 'messages:write',
  scope: 'instance',
  http: { method: 'POST', path: '/instances/{instance}/stats/reset' },
  hints: { example: { instance: 'default' } },
  input: z.strictObject({ instance: InstanceField }),
  output: SessionStats.schema,
})

const LiveStats = z.object({ messagesSent: z.int(), messagesReceived: z.int(), timestamp: Timestamp })
const liveStats = ({ sent, received, timestamp }: z.output<typeof counters>) => ({
  messagesSent: sent,
  messagesReceived: received,
  timestamp,
})

/** Counters beside the session of an account; joins the channel of the same path. */
export const StatsChannel = defineChannel('/status', {
  summary: 'Messages of an account as they come and go, in numbers',
  permission: 'messages:read',
  scope: 'instance',
  events: [channelEvent('stats', SessionStats, LiveStats, { send: liveStats, latestOf: () => '' })],
  state: [channelState(messageStats, {}, (output) => [{ name: 'stats', data: liveStats(output) }])],
})
