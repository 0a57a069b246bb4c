import { type Database, type EventLog, fail, type Messaging, type Outbox, type Tx } from '@waqtor/contracts'
import { newId } from '@waqtor/kernel'
import { prepareAudience } from './audience.ts'
import { type Campaign, CampaignCancelled, CampaignPaused, CampaignResumed, type Rejected } from './contract.ts'
import { outcomeOf, toCounters } from './counts.ts'
import { type CampaignText, textOf } from './lane.ts'
import { parseRecipients, type RecipientRow } from './recipients-csv.ts'
import { actionsOf, type CampaignAction, type CampaignStatus, statusAfter } from './status.ts'
import {
  type CampaignRow,
  countNew,
  deleteCampaign,
  insertCampaign,
  type NewCampaign,
  selectCampaign,
  selectCampaigns,
  selectCounts,
  setPlan,
  setStatus,
} from './store.ts'
import { parseTemplate, type Variables } from './template.ts'

export interface CampaignsOptions {
  readonly database: Database
  readonly events: EventLog
  readonly messaging: Messaging
  readonly outbox: Outbox
}

export type GivenRecipient = string | { readonly to: string; readonly variables: Variables }

interface Added {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: Rejected[]
}

interface One {
  readonly instance: string
  readonly campaignId: string
}

/** What can be done with campaigns. Each change is one transaction on the instance's file, with its event. */
export class Campaigns {
  readonly #options: CampaignsOptions
  /** Parsed templates of started campaigns; they do not change any more. */
  readonly #texts = new Map<string, Promise<CampaignText>>()

  constructor(options: CampaignsOptions) {
    this.#options = options
  }

  async create(input: {
    readonly instance: string
    readonly name: string
    readonly template: string
    readonly recipients: readonly GivenRecipient[]
    readonly file?: { readonly csv: string; readonly phoneColumn?: string | undefined } | undefined
    readonly variables: Variables
    readonly pacing: NewCampaign['pacing']
  }): Promise<Added & { readonly campaignId: string }> {
    const { instance, name, template, variables, pacing, recipients, file } = input
    const parsed = file ? parseRecipients(file.csv, file.phoneColumn) : { rows: [], rejected: [] }
    const audience = this.#audience([...parsed.rows, ...numbered(recipients)], { template, variables })
    const id = newId('cmp')
    const database = await this.#options.database.open(instance)
    const accepted = await database.write(async (tx) => {
      await insertCampaign(tx, { id, name, template, variables, pacing }, Date.now())
      await this.#options.outbox.setQueue(tx, { id, source: 'campaign', open: false, ...pacing })
      return this.#add(tx, id, audience.recipients)
    })
    return {
      campaignId: id,
      accepted,
      duplicates: audience.recipients.length - accepted,
      rejected: [...parsed.rejected, ...audience.rejected],
    }
  }

  async addRecipients({
    instance,
    campaignId,
    recipients,
  }: One & { readonly recipients: readonly GivenRecipient[] }): Promise<Added> {
    const database = await this.#options.database.open(instance)
    const draft = await required(await selectCampaign(database, campaignId), campaignId)
    const audience = this.#audience(numbered(recipients), {
      template: draft.template,
      variables: JSON.parse(draft.variables) as Variables,
    })
    const accepted = await database.write(async (tx) => {
      const { status } = required(await selectCampaign(tx, campaignId), campaignId)
      if (status !== 'draft')
        throw fail('WAQ_CONFLICT', `recipients can be added to a draft only; campaign '${campaignId}' is ${status}`)
      return this.#add(tx, campaignId, audience.recipients)
    })
    return { accepted, duplicates: audience.recipients.length - accepted, rejected: audience.rejected }
  }

  async get({ instance, campaignId }: One): Promise<Campaign> {
    const file = await this.#options.database.open(instance)
    const row = required(await selectCampaign(file, campaignId), campaignId)
    return toCampaign(row, await selectCounts(file, campaignId))
  }

  async list({
    instance,
    limit,
    cursor,
    status,
  }: {
    readonly instance: string
    readonly limit: number
    readonly cursor?: string | undefined
    readonly status?: CampaignStatus | undefined
  }) {
    const file = await this.#options.database.open(instance)
    const rows = await selectCampaigns(file, cursor ?? '~', limit + 1, status)
    const items = await Promise.all(
      rows.slice(0, limit).map(async (it) => toCampaign(it, await selectCounts(file, it.id))),
    )
    return { items, nextCursor: rows.length > limit ? items.at(-1)!.campaignId : null }
  }

  async recipients({
    instance,
    campaignId,
    limit,
    cursor,
    state,
  }: One & {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly state?: Parameters<Outbox['entries']>[2]['state'] | undefined
  }) {
    await this.get({ instance, campaignId })
    const after = Number(cursor ?? 0)
    if (!Number.isSafeInteger(after)) throw fail('WAQ_CURSOR_INVALID', 'the cursor is not one of ours')
    const rows = await this.#options.outbox.entries(instance, campaignId, {
      after,
      limit: limit + 1,
      ...(state && { state }),
    })
    const shown = rows.slice(0, limit)
    return {
      items: shown.map(({ id: _, payload, ...row }) => ({
        ...row,
        variables: JSON.parse(payload) as Record<string, string>,
      })),
      nextCursor: rows.length > limit ? String(shown.at(-1)!.id) : null,
    }
  }

  update({
    instance,
    campaignId,
    name,
    pacing,
  }: One & {
    readonly name?: string | undefined
    readonly pacing?: NewCampaign['pacing'] | undefined
  }): Promise<Campaign> {
    return this.#change({ instance, campaignId }, async (tx, campaign) => {
      if (campaign.status !== 'draft')
        throw fail('WAQ_CONFLICT', `only a draft can be changed; campaign '${campaignId}' is ${campaign.status}`)
      const plan = pacing ?? { inFlight: campaign.in_flight, gapMs: campaign.gap_ms }
      await setPlan(tx, campaignId, name ?? campaign.name, plan.inFlight, plan.gapMs)
      await this.#options.outbox.setQueue(tx, { id: campaignId, source: 'campaign', open: false, ...plan })
      return toCampaign(required(await selectCampaign(tx, campaignId), campaignId), await selectCounts(tx, campaignId))
    })
  }

  async remove(one: One): Promise<void> {
    await this.#change(one, async (tx, { status }) => {
      if (status === 'running')
        throw fail('WAQ_CONFLICT', `campaign '${one.campaignId}' is running; pause or cancel it first`)
      await this.#options.outbox.drop(tx, one.campaignId)
      await deleteCampaign(tx, one.campaignId)
    })
    this.#texts.delete(`${one.instance}/${one.campaignId}`)
  }

  start(one: One): Promise<{ status: CampaignStatus }> {
    return this.#change(one, async (tx, campaign) => {
      const counts = toCounters(await selectCounts(tx, one.campaignId))
      if (campaign.status === 'draft' && counts.total === 0)
        throw fail('WAQ_CONFLICT', `campaign '${one.campaignId}' has no recipients yet`)
      return this.#turn(tx, campaign, 'start')
    })
  }

  control({
    action,
    ...one
  }: One & { readonly action: 'pause' | 'resume' | 'cancel' }): Promise<{ status: CampaignStatus }> {
    return this.#change(one, async (tx, campaign) => {
      if (action === 'resume' && outcomeOf(await selectCounts(tx, one.campaignId)) === 'held')
        throw fail('WAQ_CONFLICT', `campaign '${one.campaignId}' has nothing left to send but what is held`)
      return this.#turn(tx, campaign, action)
    })
  }

  /** Template and variables as the lane needs them for every recipient. */
  textOf(instance: string, campaignId: string): Promise<CampaignText> {
    const key = `${instance}/${campaignId}`
    const known = this.#texts.get(key)
    if (known) return known
    const loading = this.#options.database.open(instance).then(async (file) => {
      const { template, variables } = required(await selectCampaign(file, campaignId), campaignId)
      return textOf(template, variables)
    })
    this.#texts.set(key, loading)
    loading.catch(() => this.#texts.delete(key))
    return loading
  }

  /** Changes status and queue together: after the commit of a pause or a cancel no send begins. */
  async #turn(tx: Tx, { id, status }: CampaignRow, action: CampaignAction): Promise<{ status: CampaignStatus }> {
    const { outbox, events } = this.#options
    const next = statusAfter(status, action)
    if (!next) {
      const possible = actionsOf(status)
      throw fail(
        'WAQ_CONFLICT',
        `campaign '${id}' is ${status} and cannot ${action}${possible.length > 0 ? `; it can ${possible.join(' or ')}` : ''}`,
      )
    }
    const timestamp = Date.now()
    await setStatus(tx, id, next, action === 'pause' ? 'by request' : null, timestamp)
    await outbox.openQueue(tx, id, next === 'running')
    if (action === 'cancel') {
      await outbox.cancel(tx, id)
      await events.record(tx, CampaignCancelled, { campaignId: id, timestamp })
    }
    if (action === 'pause') await events.record(tx, CampaignPaused, { campaignId: id, reason: 'by request', timestamp })
    if (action === 'resume') await events.record(tx, CampaignResumed, { campaignId: id, timestamp })
    return { status: next }
  }

  async #change<T>({ instance, campaignId }: One, change: (tx: Tx, campaign: CampaignRow) => Promise<T>): Promise<T> {
    const file = await this.#options.database.open(instance)
    return file.write(async (tx) => change(tx, required(await selectCampaign(tx, campaignId), campaignId)))
  }

  #audience(
    rows: readonly RecipientRow[],
    { template, variables }: { readonly template: string; readonly variables: Variables },
  ) {
    const { messaging } = this.#options
    return prepareAudience(rows, {
      normalize: (it) => messaging.normalizeChatId(it),
      template: parseTemplate(template),
      variables,
    })
  }

  async #add(tx: Tx, id: string, recipients: Parameters<Outbox['add']>[2]): Promise<number> {
    const accepted = [...(await this.#options.outbox.add(tx, id, recipients)).values()].reduce((a, b) => a + b, 0)
    await countNew(tx, id, accepted)
    return accepted
  }
}

function numbered(recipients: readonly GivenRecipient[]): RecipientRow[] {
  return recipients.map((it, i) =>
    typeof it === 'string' ? { line: i + 1, to: it, variables: {} } : { line: i + 1, ...it },
  )
}

function required(row: CampaignRow | undefined, id: string): CampaignRow {
  if (!row) throw fail('WAQ_NOT_FOUND', `there is no campaign '${id}'`)
  return row
}

function toCampaign(row: CampaignRow, counts: Awaited<ReturnType<typeof selectCounts>>): Campaign {
  return {
    campaignId: row.id,
    name: row.name,
    status: row.status,
    reason: row.reason,
    template: row.template,
    variables: JSON.parse(row.variables) as Record<string, string>,
    pacing: { inFlight: row.in_flight, gapMs: row.gap_ms },
    ...toCounters(counts),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}
