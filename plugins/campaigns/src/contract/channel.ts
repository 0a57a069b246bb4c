import { channelEvent, channelState, defineChannel, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import type { Campaign } from './campaign.ts'
import { listCampaigns } from './commands.ts'
import { CampaignCompleted, CampaignProgress } from './events.ts'
import { CampaignStatusSchema } from './states.ts'

const LiveProgress = z.object({
  campaignId: z.string(),
  sent: z.int(),
  total: z.int(),
  failed: z.int(),
  status: CampaignStatusSchema,
  timestamp: Timestamp,
})
const LiveCompleted = z.object({
  campaignId: z.string(),
  totalSent: z.int(),
  totalFailed: z.int(),
  duration: z.int().describe('Milliseconds since the start'),
  timestamp: Timestamp,
})

const frame = ({ campaignId, sent, total, failed, status }: Omit<z.input<typeof LiveProgress>, 'timestamp'>) => ({
  campaignId,
  sent,
  total,
  failed,
  status,
})
const asProgress = (campaigns: readonly Campaign[], timestamp: number) =>
  campaigns.map((it) => ({ name: 'progress', data: { ...frame(it), timestamp } }))

/** Campaigns as they run. A client that comes is sent those that run, and the newest of the others. */
export const CampaignsChannel = defineChannel('/campaigns', {
  summary: 'Campaigns as they run',
  permission: 'campaigns:read',
  scope: 'instance',
  events: [
    channelEvent('progress', CampaignProgress, LiveProgress, {
      send: (data) => ({ ...frame(data), timestamp: data.timestamp }),
      latestOf: ({ campaignId }) => campaignId,
    }),
    channelEvent('completed', CampaignCompleted, LiveCompleted, {
      send: ({ campaignId, sent, failed, duration, timestamp }) => ({
        campaignId,
        totalSent: sent,
        totalFailed: failed,
        duration,
        timestamp,
      }),
    }),
  ],
  state: [
    channelState(listCampaigns, { status: 'running', limit: 100 }, ({ items }, timestamp) =>
      asProgress(items, timestamp),
    ),
    channelState(listCampaigns, { limit: 50 }, ({ items }, timestamp) =>
      asProgress(
        items.filter((it) => it.status !== 'running'),
        timestamp,
      ),
    ),
  ],
})
