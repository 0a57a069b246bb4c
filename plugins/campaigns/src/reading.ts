import { fail, type OutboxState, type Statements } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { type Context, messageIn, type One, planOf, required, variablesIn } from './context.ts'
import * as contract from './contract.ts'
import { type StateCounts, toCounters } from './counts.ts'
import type { Forecast } from './forecast.ts'
import type { Payload } from './message.ts'
import { countOptedOut, repliedAt } from './replies.ts'
import { type CampaignRow, countByStatus, selectCampaign, selectCampaigns, selectCounts } from './store.ts'

type Campaign = z.input<typeof contract.Campaign>
type ListInput = z.output<typeof contract.listCampaigns.input>
type RecipientsInput = z.output<typeof contract.listRecipients.input>

interface RowsQuery {
  readonly after: number
  readonly limit: number
  readonly state: OutboxState | undefined
}

const cancelled = { state: 'cancelled', reason: 'cancelled' } as const

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
    const counts = await selectCounts(file, one.campaignId)
    return { ...toCampaign(row, counts), progress: await this.#forecast.of(one, row, counts) }
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
    const rows = await this.#rows(file, { instance, campaignId }, { after: rowAfter(cursor), limit: limit + 1, state })
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
        reason: row.reason ?? (row.state === 'cancelled' ? cancelled.reason : null),
        recipientId: id,
        variant: variants.length > 1 ? (variants[part]?.name ?? null) : null,
        variables: ownVariables(payload),
        repliedAt: replies.get(id) ?? null,
      })),
      nextCursor: rows.length > limit ? String(shown.at(-1)!.id) : null,
    }
  }

  /** Who was cancelled is among the skipped, as in the counters. */
  async #rows(file: Statements, { instance, campaignId }: One, { after, limit, state }: RowsQuery) {
    const { outbox } = this.#context.services
    const of = (it: OutboxState | undefined) =>
      outbox.entries(instance, campaignId, { after, limit, ...(it && { state: it }) })
    const rows = await of(state)
    // No index leads to cancelled rows, so they are looked for only where there are some.
    if (state !== 'skipped' || !(await selectCounts(file, campaignId)).cancelled) return rows
    return [...rows, ...(await of('cancelled'))].sort((a, b) => a.id - b.id).slice(0, limit)
  }

  async stats({ instance, campaignId }: One): Promise<z.input<typeof contract.Stats>> {
    const file = await this.#context.open(instance)
    const row = required(await selectCampaign(file, campaignId), campaignId)
    const { variants } = messageIn(row.message)
    const counts = await selectCounts(file, campaignId)
    const { contacts, outbox } = this.#context.services
    return {
      ...toCounters(counts, row.replied),
      optedOut: contacts ? await countOptedOut(file, campaignId, contacts) : 0,
      reasons: withCancelled(await outbox.reasons(instance, campaignId), counts),
      variants: await Promise.all(
        variants.map(async ({ name }, part) => ({ name, ...toCounters(await selectCounts(file, campaignId, part)) })),
      ),
      durationMs: row.started_at && (row.finished_at ?? Date.now()) - row.started_at,
    }
  }
}

type Reasons = z.output<typeof contract.Stats>['reasons']

/** To the outbox a cancelled row has not ended badly; to people it is one that was skipped, and they want to know why. */
function withCancelled(reasons: Reasons, counts: StateCounts): Reasons {
  const { cancelled: count = 0 } = counts
  return count === 0 ? reasons : [...reasons, { ...cancelled, count }].sort((a, b) => b.count - a.count)
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
