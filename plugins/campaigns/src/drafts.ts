import { fail } from '@waqtor/contracts'
import { type Call, newId, type Principal, systemPrincipal, type z } from '@waqtor/kernel'
import type { Attachments } from './attachments.ts'
import type { Added, Enrolment } from './audience/enrolment.ts'
import { sourceOf } from './audience/sources.ts'
import { type Context, compile, messageIn, type One, planOf, required } from './context.ts'
import type * as contract from './contract.ts'
import type { StoredMessage, StoredVariant } from './message.ts'
import { parseScheduleAt } from './plan/schedule.ts'
import { type Plan, queueOf } from './rules.ts'
import type { Runs } from './runs.ts'
import type { CampaignStatus } from './status.ts'
import { type CampaignRow, deleteCampaign, insertCampaign, saveDraft, selectCampaign } from './store.ts'

type CreateInput = z.output<typeof contract.createCampaign.input>
type UpdateInput = z.output<typeof contract.updateCampaign.input>
type AddInput = z.output<typeof contract.addRecipients.input>
type VariantInput = z.output<typeof contract.VariantInput>
type MessageInput = Pick<CreateInput, 'template' | 'languages' | 'media' | 'variants'>

/** Campaigns that are being made: their message, plan and recipients. */
export class Drafts {
  readonly #context: Context
  readonly #attachments: Attachments
  readonly #enrolment: Enrolment
  readonly #runs: Runs
  /** A campaign is another one now, or gone: whatever is remembered of it is out of date. */
  readonly #forget: (one: One) => void

  constructor(
    context: Context,
    attachments: Attachments,
    enrolment: Enrolment,
    runs: Runs,
    forget: (one: One) => void,
  ) {
    this.#forget = forget
    this.#context = context
    this.#attachments = attachments
    this.#enrolment = enrolment
    this.#runs = runs
  }

  async create(input: CreateInput, call: Call): Promise<Added & { campaignId: string; status: CampaignStatus }> {
    const { instance, name, variables, audience, scheduleAt, zone, late, validUntil, ...plan } = input
    const id = newId('cmp')
    const one = { instance, campaignId: id }
    const at = scheduleAt === undefined ? null : parseScheduleAt(scheduleAt, zone)
    if (audience) await this.#enrolment.audience(instance, audience.audienceId)
    const message = await this.#messageFrom(instance, input, call.principal)
    const stored: Plan = {
      pacing: plan.pacing,
      sendingHours: plan.sendingHours ?? null,
      courtesy: plan.courtesy,
      onUnknown: plan.onUnknown,
      validUntil: validUntil ?? null,
    }
    const file = await this.#context.open(instance)
    await file.write(async (tx) => {
      const draft = {
        name,
        message: JSON.stringify(message),
        variables: JSON.stringify(variables),
        plan: JSON.stringify(stored),
        audience_id: audience?.audienceId ?? null,
        schedule_at: at,
        late,
      }
      await insertCampaign(tx, id, draft, Date.now())
      await this.#context.services.outbox.setQueue(tx, queueOf(id, stored, this.#context.isReal(instance), false))
    })
    try {
      const added = await this.#enrolment.add(one, sourceOf(input, this.#context.services, call))
      const status = at === null ? 'draft' : (await this.#runs.schedule(one)).status
      return { campaignId: id, status, ...added }
    } catch (error) {
      // Whoever gets an error instead of an id has nothing to find the draft by.
      await this.remove(one)
      throw error
    }
  }

  async addRecipients(input: AddInput, call: Call): Promise<Added> {
    const file = await this.#context.open(input.instance)
    const { status } = required(await selectCampaign(file, input.campaignId), input.campaignId)
    if (status !== 'draft') throw notDraft('recipients can be added to a draft only', input.campaignId, status)
    return this.#enrolment.add(input, sourceOf(input, this.#context.services, call))
  }

  async update(input: UpdateInput, call: Call): Promise<CampaignRow> {
    const { instance, campaignId, scheduleAt, zone } = input
    const file = await this.#context.open(instance)
    const before = required(await selectCampaign(file, campaignId), campaignId)
    requireDraft(before)
    const changesMessage = input.template !== undefined || input.variants !== undefined || input.media !== undefined
    const old = messageIn(before.message)
    const message = changesMessage ? await this.#messageFrom(instance, withText(input, old), call.principal) : old
    const draft = {
      name: input.name ?? before.name,
      message: JSON.stringify(message),
      variables: input.variables ? JSON.stringify(input.variables) : before.variables,
      plan: JSON.stringify(changedPlan(planOf(before), input)),
      schedule_at:
        scheduleAt === undefined ? before.schedule_at : scheduleAt === null ? null : parseScheduleAt(scheduleAt, zone),
      late: input.late ?? before.late,
    }
    if (changesMessage || input.variables) await this.#enrolment.requireComplete(input, compile(draft), old)
    const after = await this.#context.change(input, async (tx, now) => {
      requireDraft(now)
      await saveDraft(tx, campaignId, draft)
      const plan: Plan = JSON.parse(draft.plan)
      await this.#context.services.outbox.setQueue(tx, queueOf(campaignId, plan, this.#context.isReal(instance), false))
      return required(await selectCampaign(tx, campaignId), campaignId)
    })
    if (changesMessage) await this.#attachments.release(old)
    this.#forget(input)
    if (scheduleAt === undefined) return after
    return scheduleAt === null ? this.#runs.unschedule(input) : this.#runs.schedule(input)
  }

  async remove(one: One): Promise<void> {
    const message = await this.#context.change(one, async (tx, { status, message }) => {
      if (status === 'running')
        throw fail('WAQ_CONFLICT', `campaign '${one.campaignId}' is running; pause or cancel it first`)
      await this.#context.services.outbox.drop(tx, one.campaignId)
      await deleteCampaign(tx, one.campaignId)
      return message
    })
    this.#forget(one)
    await this.#attachments.release(messageIn(message))
  }

  async clone(input: z.output<typeof contract.cloneCampaign.input>, call: Call): Promise<{ campaignId: string }> {
    const { instance, campaignId, recipients } = input
    const file = await this.#context.open(instance)
    const from = required(await selectCampaign(file, campaignId), campaignId)
    const variants: StoredVariant[] = []
    for (const it of messageIn(from.message).variants)
      variants.push({ ...it, media: it.media && (await this.#attachments.take(it.media, call.principal)) })
    const id = newId('cmp')
    await file.write(async (tx) => {
      const draft = {
        ...from,
        name: input.name ?? `${from.name} (copy)`.slice(0, 200),
        message: JSON.stringify({ variants }),
        schedule_at: null,
      }
      await insertCampaign(tx, id, draft, Date.now())
      await this.#context.services.outbox.setQueue(tx, queueOf(id, planOf(from), this.#context.isReal(instance), false))
    })
    // Who belongs to an audience is settled at the start of each campaign anew.
    if (recipients === 'all' && from.audience_id === null)
      await this.#enrolment.copy(input, { instance, campaignId: id })
    return { campaignId: id }
  }

  /** Settles the texts and takes the files: later changes to a template or a file change no campaign. */
  async #messageFrom(instance: string, input: MessageInput, principal: Principal | null): Promise<StoredMessage> {
    const variants: readonly VariantInput[] = input.variants ?? [
      { name: 'A', share: 1, template: input.template!, languages: input.languages, media: input.media },
    ]
    const names = new Set(variants.map((it) => it.name))
    if (names.size < variants.length) throw fail('WAQ_CONFLICT', 'two variants have the same name')
    const stored: StoredVariant[] = []
    for (const it of variants) stored.push(await this.#variantFrom(instance, it, principal))
    return { variants: stored }
  }

  async #variantFrom(instance: string, input: VariantInput, principal: Principal | null): Promise<StoredVariant> {
    const { name, share, template, languages = {}, media } = input
    const written =
      typeof template === 'string'
        ? { text: template, languages: {}, media: null }
        : await this.#stored(instance, template.templateId)
    const wanted = media ?? written.media
    return {
      name,
      share,
      text: written.text,
      languages: { ...written.languages, ...languages },
      // The file of a stored template belongs to the template, whoever uses it.
      media: wanted && (await this.#attachments.take(wanted, media ? principal : systemPrincipal)),
    }
  }

  async #stored(instance: string, templateId: string) {
    const { templates } = this.#context.services
    if (!templates)
      throw fail('WAQ_NOT_FOUND', "stored templates need the 'templates' plugin, which this config does not have")
    const { text, variants, media } = await templates.get(instance, templateId)
    const languages = Object.fromEntries(Object.entries(variants).map(([name, it]) => [name, it.text]))
    return { text, languages, media }
  }
}

/** What a change leaves out stays as it was. */
function withText(input: MessageInput, { variants }: StoredMessage): MessageInput {
  if (input.template !== undefined || input.variants !== undefined) return input
  if (variants.length > 1)
    throw fail('WAQ_CONFLICT', "a campaign with variants is changed by giving all of its 'variants'")
  const { text, languages } = variants[0]!
  return { ...input, template: text, languages: input.languages ?? languages }
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

function requireDraft({ id, status }: CampaignRow): void {
  if (status !== 'draft' && status !== 'scheduled') throw notDraft('only a draft can be changed', id, status)
}

function notDraft(what: string, id: string, status: CampaignStatus) {
  return fail('WAQ_CONFLICT', `${what}; campaign '${id}' is ${status}`)
}
