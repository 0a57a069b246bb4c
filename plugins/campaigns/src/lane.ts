import { type OutboxLane, type OutboxShift, openOutboxStates, type Tx } from '@waqtor/contracts'
import type { Attachments } from './attachments.ts'
import type { Context, One } from './context.ts'
import { CampaignCompleted, CampaignPaused } from './contract.ts'
import { outcomeOf, toCounters } from './counts.ts'
import type { Payload } from './message.ts'
import { statusAfter } from './status.ts'
import { countShifts, hasOpen, selectCampaign, selectCounts, setStatus } from './store.ts'

export interface LaneOptions {
  readonly context: Context
  readonly attachments: Attachments
  /** Told after a commit: which campaigns moved, and how many of them began. */
  readonly changed: (instance: string, campaignId: string, begun: number) => void
  /** Told after a commit which campaign is completed. */
  readonly completed: (one: One) => void
}

/** How the outbox works for campaigns: renders a recipient at the last moment, and keeps the campaign true to its rows. */
export function createCampaignLane({ context, attachments, changed, completed }: LaneOptions): OutboxLane {
  return {
    source: 'campaign',
    async render(instance, { queue: campaignId, part, chatId, payload }) {
      const message = await context.messageOf({ instance, campaignId })
      const body = message.render(part, chatId, JSON.parse(payload) as Payload)
      const { media } = message.variants[part]!
      return media ? { body, media: await attachments.load(media) } : { body }
    },
    async shifted(tx, shifts) {
      await countShifts(tx, shifts)
      for (const { queue, to } of shifts) if (to === 'queued') await cancelIfCancelled(tx, queue, context)
      const begun = new Map<string, number>()
      for (const { queue, to, count } of shifts) {
        begun.set(queue, (begun.get(queue) ?? 0) + (to === 'sending' ? count : 0))
      }
      tx.afterCommit(() => {
        for (const [id, count] of begun) changed(tx.file, id, count)
      })
      for (const id of begun.keys()) if (mayEnd(shifts, id)) await endIfDone(tx, id, context, completed)
    },
    async halted(tx, id, reason) {
      const campaign = await selectCampaign(tx, id)
      if (!campaign || statusAfter(campaign.status, 'pause') === undefined) return
      await setStatus(tx, id, 'paused', reason, Date.now())
      await context.services.events.record(tx, CampaignPaused, {
        campaignId: id,
        name: campaign.name,
        reason,
        timestamp: Date.now(),
      })
      tx.afterCommit(() => changed(tx.file, id, 0))
    },
  }
}

/** What was under way when its campaign was cancelled, and turns out not to have left, is cancelled as well. */
async function cancelIfCancelled(tx: Tx, id: string, { services }: Context): Promise<void> {
  if ((await selectCampaign(tx, id))?.status === 'cancelled') await services.outbox.cancel(tx, id)
}

function mayEnd(shifts: readonly OutboxShift[], id: string): boolean {
  return (
    shifts.some((it) => it.queue === id && !openOutboxStates.has(it.to)) ||
    shifts.some((it) => it.queue === id && it.to === 'held')
  )
}

/** Completed when no row's fate is open; paused when only held ones are left, for a person to decide. */
async function endIfDone(
  tx: Tx,
  id: string,
  { services: { outbox, events } }: Context,
  completed: LaneOptions['completed'],
): Promise<void> {
  if (await hasOpen(tx, id)) return
  const outcome = outcomeOf(await selectCounts(tx, id))
  if (!outcome) return
  const campaign = await selectCampaign(tx, id)
  if (!campaign) return
  const now = Date.now()
  if (outcome === 'held') {
    if (campaign.status !== 'running') return
    await setStatus(tx, id, 'paused', 'held', now)
    await outbox.openQueue(tx, id, false)
    await events.record(tx, CampaignPaused, {
      campaignId: id,
      name: campaign.name,
      reason: 'held',
      timestamp: now,
    })
    return
  }
  if (statusAfter(campaign.status, 'complete') === undefined) return
  const { sent, failed } = toCounters(await selectCounts(tx, id))
  await setStatus(tx, id, 'completed', null, now)
  await outbox.openQueue(tx, id, false)
  await events.record(tx, CampaignCompleted, {
    campaignId: id,
    name: campaign.name,
    sent,
    failed,
    duration: now - (campaign.started_at ?? now),
    timestamp: now,
  })
  tx.afterCommit(() => completed({ instance: tx.file, campaignId: id }))
}
