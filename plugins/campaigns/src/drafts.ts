import { fail, type Tx } from '@waqtor/contracts'
import { type Call, messageOf, newId, type z } from '@waqtor/kernel'
import type { Attachments } from './attachments.ts'
import type { Added, Enrolment } from './audience/enrolment.ts'
import { sourceOf } from './audience/sources.ts'
import type { Composer } from './composer.ts'
import { type Context, compile, messageIn, type One, planOf, required } from './context.ts'
import type * as contract from './contract.ts'
import { parseScheduleAt } from './plan/schedule.ts'
import { requireLaterEnd } from './plan/valid-until.ts'
import { type Plan, queueOf } from './rules.ts'
import type { Runs } from './runs.ts'
import type { CampaignStatus } from './status.ts'
import { type CampaignRow, type Draft, deleteCampaign, insertCampaign, saveDraft, selectCampaign } from './store.ts'
import { warningsOf } from './warnings.ts'

type CreateInput = z.output<typeof contract.createCampaign.input>
type UpdateInput = z.output<typeof contract.updateCampaign.input>
type AddInput = z.output<typeof contract.addRecipients.input>

interface Created extends Added {
  readonly campaignId: string
  readonly status: CampaignStatus
  readonly warnings: contract.MessageWarning[]
}

export interface DraftsOptions {
  readonly context: Context
  readonly attachments: Attachments
  readonly composer: Composer
  readonly enrolment: Enrolment
  readonly runs: Runs
  /** A campaign is another one now, or gone: whatever is remembered of it is out of date. */
  readonly forget: (one: One) => void
}

/** Campaigns that are being made: their message, plan and recipients. */
export class Drafts {
  readonly #options: DraftsOptions
  readonly #context: Context

  constructor(options: DraftsOptions) {
    this.#options = options
    this.#context = options.context
  }

  async create(input: CreateInput, call: Call): Promise<Created> {
    const { instance, name, variables, audience, scheduleAt, zone, late, validUntil, ...plan } = input
    const { composer, enrolment } = this.#options
    const schedule_at = scheduleAt === undefined ? null : parseScheduleAt(scheduleAt, zone)
    if (validUntil !== undefined) requireLaterEnd(validUntil, schedule_at, Date.now())
    if (audience) await enrolment.audience(instance, audience.audienceId)
    const message = await composer.compose(instance, input, call)
    const stored: Plan = {
      pacing: plan.pacing,
      sendingHours: plan.sendingHours ?? null,
      courtesy: plan.courtesy,
      onUnknown: plan.onUnknown,
      validUntil: validUntil ?? null,
    }
    const draft = {
      name,
      message: JSON.stringify(message),
      variables: JSON.stringify(variables),
      plan: JSON.stringify(stored),
      audience_id: audience?.audienceId ?? null,
      schedule_at,
      late,
    }
    return this.#make(instance, draft, async (one) => {
      const added = await enrolment.add(one, sourceOf(input, this.#context.services, call))
      const { status } = await this.#scheduleIfPlanned(one)
      return { campaignId: one.campaignId, status, ...added, warnings: warningsOf(draft) }
    })
  }

  async addRecipients(input: AddInput, call: Call): Promise<Added> {
    const file = await this.#context.open(input.instance)
    const campaign = required(await selectCampaign(file, input.campaignId), input.campaignId)
    requireDraft(campaign, 'recipients can be added to a draft only')
    if (campaign.audience_id !== null)
      throw fail('WAQ_CONFLICT', `campaign '${campaign.id}' goes to an audience: add the people to that`)
    const added = await this.#options.enrolment.add(input, sourceOf(input, this.#context.services, call))
    await this.#scheduleIfPlanned(input)
    return added
  }

  async update(input: UpdateInput, call: Call): Promise<CampaignRow> {
    const { instance, campaignId, scheduleAt, zone } = input
    const { attachments, composer, enrolment, runs, forget } = this.#options
    const file = await this.#context.open(instance)
    const before = required(await selectCampaign(file, campaignId), campaignId)
    requireDraft(before, 'only a draft can be changed')
    const schedule_at =
      scheduleAt === undefined ? before.schedule_at : scheduleAt === null ? null : parseScheduleAt(scheduleAt, zone)
    const plan = changedPlan(planOf(before), input)
    // An end that has passed meanwhile keeps nobody from changing something else.
    if (plan.validUntil !== null && (input.validUntil || typeof scheduleAt === 'string'))
      requireLaterEnd(plan.validUntil, schedule_at, Date.now())
    const old = messageIn(before.message)
    const changesMessage = [input.template, input.variants, input.languages, input.media].some((it) => it !== undefined)
    const message = changesMessage ? await composer.compose(instance, input, call, old) : old
    const draft = {
      name: input.name ?? before.name,
      message: JSON.stringify(message),
      variables: input.variables ? JSON.stringify(input.variables) : before.variables,
      plan: JSON.stringify(plan),
      schedule_at,
      late: input.late ?? before.late,
    }
    try {
      if (changesMessage || input.variables) await enrolment.requireComplete(input, compile(draft), old)
      await this.#context.change(input, async (tx, now) => {
        requireDraft(now, 'only a draft can be changed')
        if (isOther(before, now))
          throw fail(
            'WAQ_CONFLICT',
            `campaign '${campaignId}' was changed by somebody else at the same time; look again`,
          )
        await saveDraft(tx, campaignId, draft)
        await this.#setQueue(tx, campaignId, plan)
        if (schedule_at === null) await runs.unschedule(tx, now)
        else await runs.schedule(tx, now)
      })
    } catch (error) {
      await attachments.release(message, old)
      throw error
    }
    forget(input)
    await attachments.release(old, message)
    return required(await selectCampaign(file, campaignId), campaignId)
  }

  async remove(one: One): Promise<void> {
    const { attachments, forget } = this.#options
    const message = await this.#context.change(one, async (tx, { status, message }) => {
      if (status === 'running')
        throw fail('WAQ_CONFLICT', `campaign '${one.campaignId}' is running; pause or cancel it first`)
      await this.#context.services.outbox.drop(tx, one.campaignId)
      await deleteCampaign(tx, one.campaignId)
      return message
    })
    forget(one)
    await attachments.release(messageIn(message))
  }

  async clone(input: z.output<typeof contract.cloneCampaign.input>): Promise<{ campaignId: string }> {
    const { instance, campaignId, recipients } = input
    const { attachments, enrolment } = this.#options
    const file = await this.#context.open(instance)
    const from = required(await selectCampaign(file, campaignId), campaignId)
    const message = await attachments.copy(messageIn(from.message))
    const draft = {
      ...from,
      name: input.name ?? `${from.name} (copy)`.slice(0, 200),
      message: JSON.stringify(message),
      audience_id: recipients === 'all' ? from.audience_id : null,
      schedule_at: null,
    }
    return this.#make(instance, draft, async (one) => {
      // Who belongs to an audience is settled at the start of each campaign anew.
      if (recipients === 'all' && from.audience_id === null) await enrolment.copy(input, one)
      return { campaignId: one.campaignId }
    })
  }

  /** Writes a new campaign down and fills it. One that could not be filled is of no use to anybody, and its files neither. */
  async #make<T>(
    instance: string,
    draft: Draft & { readonly audience_id: string | null },
    fill: (one: One) => Promise<T>,
  ): Promise<T> {
    const { attachments } = this.#options
    const { log } = this.#context.services
    const one = { instance, campaignId: newId('cmp') }
    try {
      const file = await this.#context.open(instance)
      await file.write(async (tx) => {
        await insertCampaign(tx, one.campaignId, draft, Date.now())
        await this.#setQueue(tx, one.campaignId, planOf(draft))
      })
    } catch (error) {
      await attachments.release(messageIn(draft.message))
      throw error
    }
    try {
      return await fill(one)
    } catch (error) {
      await this.remove(one).catch((problem) =>
        log.warn('a campaign that could not be made is left as a draft', { ...one, problem: messageOf(problem) }),
      )
      throw error
    }
  }

  #scheduleIfPlanned(one: One): Promise<{ readonly status: CampaignStatus }> {
    return this.#context.change(one, async (tx, campaign) =>
      campaign.schedule_at === null ? campaign : this.#options.runs.schedule(tx, campaign),
    )
  }

  #setQueue(tx: Tx, id: string, plan: Plan): Promise<void> {
    return this.#context.services.outbox.setQueue(tx, queueOf(id, plan, this.#context.isReal(tx.file), false))
  }
}

function changedPlan(plan: Plan, input: UpdateInput): Plan {
  return {
    pacing: input.pacing ?? plan.pacing,
    sendingHours: input.sendingHours ?? plan.sendingHours,
    courtesy: input.courtesy ?? plan.courtesy,
    onUnknown: input.onUnknown ?? plan.onUnknown,
    validUntil: input.validUntil === undefined ? plan.validUntil : input.validUntil,
  }
}

/** Somebody has changed it since it was read. */
function isOther(before: CampaignRow, now: CampaignRow): boolean {
  return (['name', 'message', 'variables', 'plan', 'schedule_at', 'late'] as const).some((it) => before[it] !== now[it])
}

function requireDraft({ id, status }: CampaignRow, what: string): void {
  if (status !== 'draft' && status !== 'scheduled') throw fail('WAQ_CONFLICT', `${what}; campaign '${id}' is ${status}`)
}
