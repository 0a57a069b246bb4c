import { InstanceField, PageQuery, page } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { Added, audienceFields, RecipientInput, Values } from './audience.ts'
import { Campaign, CampaignId, Preview, Progress, Recipient, Stats } from './campaign.ts'
import { isWhole, MediaInput, messageFields, warnings } from './message.ts'
import { planFields, scheduleFields } from './plan.ts'
import { CampaignStatusSchema, RecipientState } from './states.ts'

const read = { permission: 'campaigns:read', scope: 'instance' } as const
const write = { permission: 'campaigns:write', scope: 'instance' } as const
const one = z.strictObject({ instance: InstanceField, campaignId: CampaignId })
const Name = z.string().trim().min(1).max(200)
const Status = z.object({ status: CampaignStatusSchema })
const stray = { path: ['variants'], message: "each variant has 'languages' and 'media' of its own" }
const StateQuery = RecipientState.optional().describe('skipped: cancelled ones as well, as in the counters')
/** A file of a million lines is read in a thread of its own; whoever asked for it may wait. */
const longMs = 30 * 60_000

export const createCampaign = defineCommand('campaigns.create', {
  ...write,
  summary: 'Create a campaign from a list of recipients, a file or an audience',
  http: { method: 'POST', path: '/campaigns', status: 201 },
  timeoutMs: longMs,
  hints: {
    example: {
      name: 'Welcome',
      template: 'Hello {{name|friend}}',
      recipients: ['+201001234567', { to: '+966501234567', variables: { name: 'منى' } }],
    },
  },
  input: z
    .strictObject({
      instance: InstanceField,
      name: Name,
      ...messageFields,
      ...audienceFields,
      variables: Values.default({}).describe('For every recipient; a recipient’s own win'),
      ...planFields,
      ...scheduleFields,
    })
    .refine((it) => (it.template === undefined) !== (it.variants === undefined), {
      path: ['template'],
      message: "either 'template' or 'variants' is needed",
    })
    .refine(isWhole, stray)
    .refine((it) => !it.audience || (it.recipients.length === 0 && !it.file), {
      path: ['audience'],
      message: 'stands alone: add the others to it, or make a campaign of their own for them',
    }),
  output: Added.extend({ campaignId: CampaignId, status: CampaignStatusSchema, warnings }),
})

export const addRecipients = defineCommand('campaigns.addRecipients', {
  ...write,
  summary: 'Add recipients to a campaign that has not started',
  http: { method: 'POST', path: '/campaigns/{campaignId}/recipients' },
  timeoutMs: longMs,
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', recipients: ['+201001234567'] } },
  input: one.extend({
    recipients: z.array(RecipientInput).max(100_000).default([]),
    file: audienceFields.file,
  }),
  output: Added,
})

export const listCampaigns = defineCommand('campaigns.list', {
  ...read,
  summary: 'List campaigns, newest first',
  http: { method: 'GET', path: '/campaigns' },
  hints: { readOnly: true, example: { status: 'running', limit: 20 } },
  input: z.strictObject({ instance: InstanceField, status: CampaignStatusSchema.optional(), ...PageQuery }),
  output: page(Campaign),
})

export const getCampaign = defineCommand('campaigns.get', {
  ...read,
  summary: 'Get a campaign with its counters',
  http: { method: 'GET', path: '/campaigns/{campaignId}' },
  hints: { readOnly: true, example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA' } },
  input: one,
  output: Campaign.extend({ progress: Progress }),
})

export const updateCampaign = defineCommand('campaigns.update', {
  ...write,
  summary: 'Change a campaign that has not started; what is left out stays as it is',
  http: { method: 'PATCH', path: '/campaigns/{campaignId}' },
  timeoutMs: longMs,
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', pacing: { gapMs: 2_000, gapMaxMs: 6_000 } } },
  input: one
    .extend({
      name: Name.optional(),
      ...messageFields,
      media: MediaInput.nullable().optional().describe('null takes the file away'),
      variables: Values.optional(),
      pacing: planFields.pacing.unwrap().optional(),
      sendingHours: planFields.sendingHours,
      courtesy: planFields.courtesy.unwrap().optional(),
      onUnknown: planFields.onUnknown.unwrap().optional(),
      validUntil: planFields.validUntil.unwrap().nullable().optional(),
      scheduleAt: scheduleFields.scheduleAt.unwrap().nullable().optional().describe('null takes the schedule away'),
      zone: scheduleFields.zone,
      late: scheduleFields.late.unwrap().optional(),
    })
    .refine(isWhole, stray)
    .refine((it) => it.template === undefined || it.variants === undefined, {
      path: ['template'],
      message: "either 'template' or 'variants' can be given",
    }),
  output: Campaign.extend({ warnings }),
})

export const deleteCampaign = defineCommand('campaigns.delete', {
  ...write,
  summary: 'Delete a campaign that is not running, with its recipients',
  http: { method: 'DELETE', path: '/campaigns/{campaignId}', status: 204 },
  hints: { destructive: true, example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA' } },
  input: one,
  output: z.object({}),
})

export const startCampaign = defineCommand('campaigns.start', {
  ...write,
  summary: 'Start a campaign; it waits for the session by itself',
  http: { method: 'POST', path: '/campaigns/{campaignId}/start' },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA' } },
  timeoutMs: longMs,
  input: one.extend({
    leaveOutIncomplete: z
      .boolean()
      .default(false)
      .describe('Leaves people of the audience out for whom a variable has no value, instead of refusing to start'),
  }),
  output: Status,
})

export const controlCampaign = defineCommand('campaigns.control', {
  ...write,
  summary: 'Pause, resume or cancel a campaign; no send begins after the answer to a pause or a cancel',
  http: { method: 'POST', path: '/campaigns/{campaignId}/control' },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', action: 'pause' } },
  timeoutMs: longMs,
  input: one.extend({ action: z.enum(['pause', 'resume', 'cancel']) }),
  output: Status,
})

export const listRecipients = defineCommand('campaigns.recipients', {
  ...read,
  summary: 'What became of each recipient',
  http: { method: 'GET', path: '/campaigns/{campaignId}/recipients' },
  hints: { readOnly: true, example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', state: 'failed', limit: 20 } },
  input: one.extend({ state: StateQuery, ...PageQuery }),
  output: page(Recipient),
})

export const previewCampaign = defineCommand('campaigns.preview', {
  ...read,
  summary: 'A dry run: every message as it would be sent, who is skipped and why, and when it would be done',
  http: { method: 'POST', path: '/campaigns/{campaignId}/preview' },
  timeoutMs: longMs,
  hints: { readOnly: true, example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', limit: 20 } },
  input: one.extend(PageQuery),
  output: Preview,
})

export const sendTest = defineCommand('campaigns.sendTest', {
  ...write,
  summary: 'Send the message to yourself, with the values of the first recipient or your own',
  http: { method: 'POST', path: '/campaigns/{campaignId}/send-test' },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', to: '+201001234567' } },
  input: one.extend({
    to: z.string().max(64).optional().describe('The account’s own number when absent'),
    variables: Values.default({}),
    variant: z.string().max(64).optional(),
    language: z.string().max(35).optional(),
  }),
  output: z.object({ messageId: z.string(), to: z.string(), body: z.string() }),
})

export const retryFailed = defineCommand('campaigns.retryFailed', {
  ...write,
  summary: 'Try the failed recipients again, but for numbers that do not exist',
  http: { method: 'POST', path: '/campaigns/{campaignId}/retry-failed' },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA' } },
  input: one,
  output: Status.extend({ count: z.int() }),
})

export const resolveHeld = defineCommand('campaigns.resolveHeld', {
  ...write,
  summary: 'Decide about held recipients: their message arrived, is to be sent again, or is let be',
  http: { method: 'POST', path: '/campaigns/{campaignId}/resolve-held' },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', decision: 'resend' } },
  input: one.extend({
    decision: z.enum(['sent', 'resend', 'skip']),
    recipientIds: z.array(z.int()).min(1).max(10_000).optional().describe('All held ones when absent'),
  }),
  output: Status.extend({ count: z.int() }),
})

export const cloneCampaign = defineCommand('campaigns.clone', {
  ...write,
  summary: 'Make a draft of the same message and plan, with the same recipients or without',
  http: { method: 'POST', path: '/campaigns/{campaignId}/clone', status: 201 },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', name: 'Welcome, once more', recipients: 'none' } },
  timeoutMs: longMs,
  input: one.extend({
    name: Name.optional(),
    recipients: z.enum(['all', 'none']).default('all'),
  }),
  output: z.object({ campaignId: CampaignId }),
})

export const campaignStats = defineCommand('campaigns.stats', {
  ...read,
  summary: 'Counts by reason and by variant',
  http: { method: 'GET', path: '/campaigns/{campaignId}/stats' },
  hints: { readOnly: true, example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA' } },
  input: one,
  output: Stats,
})

export const summarizeCampaigns = defineCommand('campaigns.summary', {
  ...read,
  summary: 'How many campaigns there are in each status',
  http: { method: 'GET', path: '/campaigns/summary' },
  hints: { readOnly: true, example: { instance: 'default' } },
  input: z.strictObject({ instance: InstanceField }),
  output: z.object({ counts: z.record(CampaignStatusSchema, z.int().nonnegative()) }),
})

export const exportCampaign = defineCommand('campaigns.export', {
  ...read,
  summary: 'Write what became of each recipient into a CSV or XLSX file to fetch',
  http: { method: 'POST', path: '/campaigns/{campaignId}/export', status: 201 },
  hints: { example: { campaignId: 'cmp_01JDK5V8Y2Q4T7M9X3B6N0RCEA', format: 'xlsx', state: 'failed' } },
  timeoutMs: longMs,
  input: one.extend({ format: z.enum(['csv', 'xlsx']).default('csv'), state: StateQuery }),
  output: z.object({ fileId: z.string(), filename: z.string(), bytes: z.int(), rows: z.int() }),
})
