import { fail } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { type Context, messageIn, type One, planOf, required, variablesIn } from './context.ts'
import * as contract from './contract.ts'
import { toCounters } from './counts.ts'
import type { Forecast } from './forecast.ts'
import type { Payload } from './message.ts'
import { countOptedOut, repliedAt } from './replies.ts'
import { type CampaignRow, countByStatus, selectCampaign, selectCampaigns, selectCounts } from './store.ts'

type Campaign = z.input<typeof contract.Campaign>
type ListInput = z.output<typeof contract.listCampaigns.input>
type RecipientsInput = z.output<typeof contract.listRecipients.input>

/** What people look at. */
export class Reading {
  readonly #context: Context
  readonly #forecast: Forecast

  constructor(context: Context, forecast: Forecast) {
    this.#context = context
    this.#forecast = forecast
  }

  async campaign({ instance, campaignId }: One): Promise<Campaign> {
    const file = await this.#context.open(instance)
    const row = required(await selectCampaign(file, campaignId), campaignId)
    return toCampaign(row, await selectCounts(file, campaignId))
  }

  async get(one: One): Promise<Campaign & { progress: contract.Progress }> {
    const file = await this.#context.open(one.instance)
    const row = required(await selectCampaign(file, one.campaignId), one.campaignId)
    const campaign = toCampaign(row, await selectCounts(file, one.campaignId))
    return { ...campaign, progress: await this.#forecast.of(one, row, campaign.queued) }
  }

  async list({ instance, limit, cursor, status }: ListInput) {
    const file = await this.#context.open(instance)
    const rows = await selectCampaigns(file, cursor ?? '~', limit + 1, status)
    const items = await Promise.all(
      rows.slice(0, limit).map(async (it) => toCampaign(it, await selectCounts(file, it.id))),
    )
    return { items, nextCursor: rows.length > limit ? items.at(-1)!.campaignId : null }
  }

  async summary({ instance }: { readonly instance: string }) {
    const counts = await countByStatus(await this.#context.open(instance))
    const each = contract.CampaignStatusSchema.options.map((it) => [it, counts.get(it) ?? 0])
    return { counts: Object.fromEntries(each) as z.input<typeof contract.summarizeCampaigns.output>['counts'] }
  }

  async recipients({ instance, campaignId, limit, cursor, state }: RecipientsInput) {
    const file = await this.#context.open(instance)
    const { message } = required(await selectCampaign(file, campaignId), campaignId)
    const after = rowAfter(cursor)
    const rows = await this.#context.services.outbox.entries(instance, campaignId, {
      after,
      limit: limit + 1,
      ...(state && { state }),
    })
    const shown = rows.slice(0, limit)
    const { variants } = messageIn(message)
    const replies = await repliedAt(
      file,
      campaignId,
      shown.map((it) => it.id),
    )
    return {
      items: shown.map(({ id, queue: _, part, payload, ...row }) => ({
        ...row,
        recipientId: id,
        variant: variants.length > 1 ? (variants[part]?.name ?? null) : null,
        variables: ownVariables(payload),
        repliedAt: replies.get(id) ?? null,
      })),
      nextCursor: rows.length > limit ? String(shown.at(-1)!.id) : null,
    }
  }

  async stats({ instance, campaignId }: One): Promise<z.input<typeof contract.Stats>> {
    const file = await this.#context.open(instance)
    const row = required(await selectCampaign(file, campaignId), campaignId)
    const { variants } = messageIn(row.message)
    const { contacts, outbox } = this.#context.services
    return {
      ...toCounters(await selectCounts(file, campaignId), row.replied),
      optedOut: contacts ? await countOptedOut(file, campaignId, contacts) : 0,
      reasons: await outbox.reasons(instance, campaignId),
      variants: await Promise.all(
        variants.map(async ({ name }, part) => ({ name, ...toCounters(await selectCounts(file, campaignId, part)) })),
      ),
      durationMs: row.started_at && (row.finished_at ?? Date.now()) - row.started_at,
    }
  }
}

/** @throws WaqtorError WAQ_CURSOR_INVALID (400) */
export function rowAfter(cursor: string | undefined): number {
  const after = Number(cursor ?? 0)
  if (Number.isSafeInteger(after) && after >= 0) return after
  throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of ours')
}

/** What the recipient was given with, and what the contact knew besides. */
export function ownVariables(payload: string): Record<string, string> {
  const { v, c }: Payload = JSON.parse(payload)
  return { ...c, ...v }
}

export function toCampaign(row: CampaignRow, counts: Awaited<ReturnType<typeof selectCounts>>): Campaign {
  const { variants } = messageIn(row.message)
  return {
    campaignId: row.id,
    name: row.name,
    status: row.status,
    reason: row.reason,
    template: variants[0]!.text,
    message: { variants: variants.map((it) => ({ ...it, media: it.media && { ...it.media } })) },
    variables: { ...variablesIn(row.variables) },
    ...planOf(row),
    audienceId: row.audience_id,
    leftOut: row.left_out,
    ...toCounters(counts, row.replied),
    createdAt: row.created_at,
    scheduleAt: row.schedule_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}
