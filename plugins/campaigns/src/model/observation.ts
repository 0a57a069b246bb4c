import type { z } from '@waqtor/kernel'
import { listEvents } from '@waqtor/plugin-events/contract'
import type { MailKernel } from '@waqtor/plugin-messages/testing'
import * as contract from '../contract.ts'
import type { ModelCampaign } from './model.ts'

export type Recipient = z.output<typeof contract.Recipient>

/** A campaign as its API shows it at first sight. */
export interface Glimpse {
  readonly campaign: z.output<typeof contract.Campaign>
  readonly recipients: readonly Recipient[]
}

export interface SeenCampaign extends Glimpse {
  readonly stats: z.output<typeof contract.Stats>
}

export interface SeenEvent {
  readonly type: string
  readonly campaignId: string | undefined
  readonly messageId: string | undefined
  readonly reason: string | undefined
}

/** Everything that the API tells at one moment. */
export interface Observation {
  readonly campaigns: ReadonlyMap<string, SeenCampaign>
  readonly listed: readonly string[]
  readonly events: readonly SeenEvent[]
}

export async function glimpse(test: MailKernel, campaigns: readonly ModelCampaign[]): Promise<readonly Glimpse[]> {
  const seen: Glimpse[] = []
  for (const { id: campaignId } of campaigns)
    seen.push({
      campaign: await test.run(contract.getCampaign, { campaignId }),
      recipients: await recipientsOf(test, campaignId),
    })
  return seen
}

export async function observe(test: MailKernel, campaigns: readonly ModelCampaign[]): Promise<Observation> {
  const seen = new Map<string, SeenCampaign>()
  for (const it of await glimpse(test, campaigns)) {
    const { campaignId } = it.campaign
    seen.set(campaignId, { ...it, stats: await test.run(contract.campaignStats, { campaignId }) })
  }
  const { items } = await test.run(contract.listCampaigns, { limit: 100 })
  return { campaigns: seen, listed: items.map((it) => it.campaignId), events: await eventsOf(test) }
}

export async function recipientsOf(test: MailKernel, campaignId: string): Promise<readonly Recipient[]> {
  return (await test.run(contract.listRecipients, { campaignId, limit: 100 })).items
}

async function eventsOf(test: MailKernel): Promise<SeenEvent[]> {
  const events: SeenEvent[] = []
  for (let after: string | undefined; ; ) {
    const page = await test.run(listEvents, { limit: 500, ...(after !== undefined && { after }) })
    for (const { type, data } of page.items) {
      const { campaignId, messageId, reason } = data as Partial<Record<'campaignId' | 'messageId' | 'reason', string>>
      events.push({ type, campaignId, messageId, reason })
    }
    if (page.nextCursor === null) return events
    after = page.nextCursor
  }
}
