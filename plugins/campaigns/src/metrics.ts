import { defineMetrics } from '@waqtor/contracts'
import { summarizeCampaigns } from './contract.ts'

/** How many campaigns run, wait and have ended. */
export const campaignMetrics = defineMetrics(summarizeCampaigns, {}, [
  {
    name: 'waqtor_campaigns',
    type: 'gauge',
    help: 'Campaigns of an account by status',
    read: ({ counts }) => Object.entries(counts).map(([status, value]) => ({ value, labels: { status } })),
  },
])
