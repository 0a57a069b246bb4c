import { ChatId, InstanceField, PageQuery, page, Timestamp } from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'

export const CampaignStatusSchema = z.enum([
  'draft',
  'scheduled',
  'running',
  'paused',
  'completed',
  'cancelled',
  'failed',
])
export const RecipientState = z.enum([
  'queued',
  'claimed',
  'sending',
  'unknown',
  'reconciling',
  'waiting',
  'sent',
  'delivered',
  'read',
  'failed',
  'skipped',
  'cancelled',
  'held',
])

const counters = {
  total: z.int(),
  queued: z.int().describe('Not yet known to be sent'),
  sent: z.int().describe('Accepted by the network, delivered and read ones included'),
  delivered: z.int(),
  read: z.int(),
  replied: z.int(),
  failed: z.int(),
  skipped: z.int().describe('Left out on purpose, cancelled ones included'),
  held: z.int().describe('Fate not known: a person decides'),
}

const CampaignId = z.string().max(64)
const Value = z.union([z.string().max(4_096), z.number(), z.boolean()]).transform(String)
const Values = z.record(z.string().max(64), Value)
/** A number in any writing, or a number with its own variables. */
export const RecipientInput = z.union([
  z.string().max(64),
  z.strictObject({ to: z.string().max(64), variables: Values.default({}) }),
])
export const Pacing = z.strictObject({
  inFlight: z.int().min(1).max(1_000).default(1).describe('Messages under way at once'),
  gapMs: z.int().min(0).max(3_600_000).default(0).describe('Pause between two messages, in milliseconds'),
})

export const Campaign = z.object({
  campaignId: CampaignId,
  name: z.string(),
  status: CampaignStatusSchema,
  reason: z.string().nullable().describe('Why it is paused, failed or cancelled'),
  template: z.string(),
  variables: z.record(z.string(), z.string()),
  pacing: z.object({ inFlight: z.int(), gapMs: z.int() }),
  ...counters,
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
})
export type Campaign = z.output<typeof Campaign>

export const Rejected = z.object({
  line: z.int().describe('Line of the file, or place in the list, from 1'),
  value: z.string(),
  reason: z.string(),
})
export type Rejected = z.output<typeof Rejected>

const Added = z.object({ accepted: z.int(), duplicates: z.int(), rejected: z.array(Rejected) })

export const Recipient = z.object({
  chatId: ChatId,
  state: RecipientState,
  reason: z.string().nullable(),
  attempt: z.int(),
  messageId: z.string().nullable(),
  variables: z.record(z.string(), z.string()),
  sentAt: Timestamp.nullable(),
  deliveredAt: Timestamp.nullable(),
  readAt: Timestamp.nullable(),
})

const event = { permission: 'campaigns:read', scope: 'instance' } as const
const about = { campaignId: z.string(), timestamp: Timestamp }

/** The latest counters; a few times a second while something moves. */
export const CampaignProgress = defineEvent('campaign.progress', {
  ...event,
  kind: 'transient',
  summary: 'The counters of a campaign',
  schema: z.object({ ...about, status: CampaignStatusSchema, ...counters }),
})
export const CampaignCompleted = defineEvent('campaign.completed', {
  ...event,
  kind: 'recorded',
  summary: 'Every recipient of a campaign is settled',
  schema: z.object({
    ...about,
    sent: z.int(),
    failed: z.int(),
    duration: z.int().describe('Milliseconds since the start'),
  }),
})
const turn = z.object({ ...about, reason: z.string().optional() })
export const CampaignPaused = defineEvent('campaign.paused', {
  ...event,
  kind: 'recorded',
  summary: 'A campaign was paused, or paused itself',
  schema: turn,
})
export const CampaignResumed = defineEvent('campaign.resumed', {
  ...event,
  kind: 'recorded',
  summary: 'A campaign goes on',
  schema: turn,
})
export const CampaignCancelled = defineEvent('campaign.cancelled', {
  ...event,
  kind: 'recorded',
  summary: 'A campaign was cancelled',
  schema: turn,
})

const one = z.strictObject({ instance: InstanceField, campaignId: CampaignId })

export const createCampaign = defineCommand('campaigns.create', {
  summary: 'Create a campaign from a list of recipients or a CSV file',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'POST', path: '/campaigns', status: 201 },
  hints: {
    example: {
      name: 'Welcome',
      template: 'Hello {{name|friend}}',
      recipients: ['+201001234567', { to: '+966501234567', variables: { name: 'منى' } }],
    },
  },
  input: z.strictObject({
    instance: InstanceField,
    name: z.string().trim().min(1).max(200),
    template: z.string().min(1).max(65_536).describe('The text, with {{variable}} or {{variable|default}}'),
    recipients: z.array(RecipientInput).max(100_000).default([]),
    file: z
      .strictObject({ csv: z.string(), phoneColumn: z.string().optional() })
      .optional()
      .describe('A CSV file with a header line; the columns become variables'),
    variables: Values.default({}).describe('For every recipient; a recipient’s own win'),
    pacing: Pacing.prefault({}),
  }),
  output: Added.extend({ campaignId: CampaignId }),
})

export const addRecipients = defineCommand('campaigns.addRecipients', {
  summary: 'Add recipients to a draft',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'POST', path: '/campaigns/{campaignId}/recipients' },
  input: one.extend({ recipients: z.array(RecipientInput).min(1).max(100_000) }),
  output: Added,
})

export const listCampaigns = defineCommand('campaigns.list', {
  summary: 'List campaigns, newest first',
  permission: 'campaigns:read',
  scope: 'instance',
  http: { method: 'GET', path: '/campaigns' },
  hints: { readOnly: true },
  input: z.strictObject({ instance: InstanceField, status: CampaignStatusSchema.optional(), ...PageQuery }),
  output: page(Campaign),
})

export const getCampaign = defineCommand('campaigns.get', {
  summary: 'Get a campaign with its counters',
  permission: 'campaigns:read',
  scope: 'instance',
  http: { method: 'GET', path: '/campaigns/{campaignId}' },
  hints: { readOnly: true },
  input: one,
  output: Campaign,
})

export const updateCampaign = defineCommand('campaigns.update', {
  summary: 'Change the name or the pacing of a draft',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'PATCH', path: '/campaigns/{campaignId}' },
  input: one.extend({ name: z.string().trim().min(1).max(200).optional(), pacing: Pacing.optional() }),
  output: Campaign,
})

export const deleteCampaign = defineCommand('campaigns.delete', {
  summary: 'Delete a campaign that is not running, with its recipients',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'DELETE', path: '/campaigns/{campaignId}', status: 204 },
  hints: { destructive: true },
  input: one,
  output: z.object({}),
})

export const startCampaign = defineCommand('campaigns.start', {
  summary: 'Start a campaign; it waits for the session by itself',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'POST', path: '/campaigns/{campaignId}/start' },
  input: one,
  output: z.object({ status: CampaignStatusSchema }),
})

export const controlCampaign = defineCommand('campaigns.control', {
  summary: 'Pause, resume or cancel a campaign; no send begins after the answer to a pause or a cancel',
  permission: 'campaigns:write',
  scope: 'instance',
  http: { method: 'POST', path: '/campaigns/{campaignId}/control' },
  hints: { example: { campaignId: 'cmp_01JD…', action: 'pause' } },
  input: one.extend({ action: z.enum(['pause', 'resume', 'cancel']) }),
  output: z.object({ status: CampaignStatusSchema }),
})

export const listRecipients = defineCommand('campaigns.recipients', {
  summary: 'What became of each recipient',
  permission: 'campaigns:read',
  scope: 'instance',
  http: { method: 'GET', path: '/campaigns/{campaignId}/recipients' },
  hints: { readOnly: true },
  input: one.extend({ state: RecipientState.optional(), ...PageQuery }),
  output: page(Recipient),
})
