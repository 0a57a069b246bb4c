import {
  type EventLog,
  type Outbox,
  type OutboxLane,
  type OutboxShift,
  openOutboxStates,
  type Tx,
} from '@waqtor/contracts'
import { alwaysThere } from './audience.ts'
import { CampaignCompleted, CampaignPaused } from './contract.ts'
import { outcomeOf, toCounters } from './counts.ts'
import { statusAfter } from './status.ts'
import { countShifts, selectCampaign, selectCounts, setStatus } from './store.ts'
import { lookUp, parseTemplate, type Template, type Variables } from './template.ts'

export interface LaneOptions {
  readonly outbox: Outbox
  readonly events: EventLog
  /** The template and the variables of a campaign, frozen at its start. */
  readonly textOf: (instance: string, campaignId: string) => Promise<CampaignText>
  readonly changed: (instance: string, campaignId: string) => void
}

export interface CampaignText {
  readonly template: Template
  readonly variables: Variables
}

/** How the outbox works for campaigns: renders a recipient at the last moment, and keeps the campaign true to its rows. */
export function createCampaignLane({ outbox, events, textOf, changed }: LaneOptions): OutboxLane {
  return {
    source: 'campaign',
    async render(instance, { queue, chatId, payload }) {
      const { template, variables } = await textOf(instance, queue)
      return { body: template.render(lookUp(JSON.parse(payload) as Variables, variables, alwaysThere(chatId))) }
    },
    async shifted(tx, shifts) {
      await countShifts(tx, shifts)
      for (const { queue, to } of shifts) if (to === 'queued') await cancelIfCancelled(tx, queue, outbox)
      const campaigns = new Set(shifts.map((it) => it.queue))
      tx.afterCommit(() => {
        for (const id of campaigns) changed(tx.file, id)
      })
      for (const id of campaigns) if (mayEnd(shifts, id)) await endIfDone(tx, id, outbox, events)
    },
    async halted(tx, id, reason) {
      const campaign = await selectCampaign(tx, id)
      if (!campaign || statusAfter(campaign.status, 'pause') === undefined) return
      await setStatus(tx, id, 'paused', reason, Date.now())
      await events.record(tx, CampaignPaused, { campaignId: id, reason, timestamp: Date.now() })
      tx.afterCommit(() => changed(tx.file, id))
    },
  }
}

/** What was under way when its campaign was cancelled, and turns out not to have left, is cancelled as well. */
async function cancelIfCancelled(tx: Tx, id: string, outbox: Outbox): Promise<void> {
  if ((await selectCampaign(tx, id))?.status === 'cancelled') await outbox.cancel(tx, id)
}

function mayEnd(shifts: readonly OutboxShift[], id: string): boolean {
  return (
    shifts.some((it) => it.queue === id && !openOutboxStates.has(it.to)) ||
    shifts.some((it) => it.queue === id && it.to === 'held')
  )
}

/** Completed when no row's fate is open; paused when only held ones are left, for a person to decide. */
async function endIfDone(tx: Tx, id: string, outbox: Outbox, events: EventLog): Promise<void> {
  const outcome = outcomeOf(await selectCounts(tx, id))
  if (!outcome) return
  const campaign = await selectCampaign(tx, id)
  if (!campaign) return
  const now = Date.now()
  if (outcome === 'held') {
    if (campaign.status !== 'running') return
    await setStatus(tx, id, 'paused', 'held', now)
    await outbox.openQueue(tx, id, false)
    await events.record(tx, CampaignPaused, { campaignId: id, reason: 'held', timestamp: now })
    return
  }
  if (statusAfter(campaign.status, 'complete') === undefined) return
  const { sent, failed } = toCounters(await selectCounts(tx, id))
  await setStatus(tx, id, 'completed', null, now)
  await outbox.openQueue(tx, id, false)
  await events.record(tx, CampaignCompleted, {
    campaignId: id,
    sent,
    failed,
    duration: now - (campaign.started_at ?? now),
    timestamp: now,
  })
}

export function textOf(template: string, variables: string): CampaignText {
  return { template: parseTemplate(template), variables: JSON.parse(variables) as Variables }
}
