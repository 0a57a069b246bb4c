import { Timestamp } from '@waqtor/contracts'
import { defineEvent, z } from '@waqtor/kernel'
import { CampaignStatusSchema, counters } from './states.ts'

const event = { permission: 'campaigns:read', scope: 'instance' } as const
const about = { campaignId: z.string(), timestamp: Timestamp }
const named = { ...about, name: z.string().optional().describe('Of the campaign') }
const turn = z.object({ ...named, reason: z.string().optional() })

/** The latest counters; a few times a second while something moves. */
export const CampaignProgress = defineEvent('campaign.progress', {
  ...event,
  kind: 'transient',
  summary: 'The counters of a campaign',
  schema: z.object({ ...about, status: CampaignStatusSchema, ...counters }),
})
export const CampaignStarted = defineEvent('campaign.started', {
  ...event,
  kind: 'recorded',
  summary: 'A campaign began to send, for the first time',
  schema: z.object(named),
})
export const CampaignCompleted = defineEvent('campaign.completed', {
  ...event,
  kind: 'recorded',
  summary: 'Every recipient of a campaign is settled',
  schema: z.object({
    ...named,
    sent: z.int(),
    failed: z.int(),
    duration: z.int().describe('Milliseconds since the start'),
  }),
})
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
export const CampaignFailed = defineEvent('campaign.failed', {
  ...event,
  kind: 'recorded',
  summary: 'A campaign could not be started at its time',
  schema: turn,
})
