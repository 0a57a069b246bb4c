import { type AudienceInfo, type ContactRecord, fail, type OutboxEntry, type Statements } from '@waqtor/contracts'
import { type Context, compile, type One, required } from '../context.ts'
import type { Rejected } from '../contract.ts'
import type { CompiledMessage, Payload, StoredMessage } from '../message.ts'
import { type CampaignRow, countNew, selectCampaign, setFrozen } from '../store.ts'
import { type Addressee, prepareAudience } from './prepare.ts'
import type { Source } from './sources.ts'

export interface Added {
  readonly accepted: number
  readonly duplicates: number
  readonly rejectedCount: number
  /** The first thousand. */
  readonly rejected: Rejected[]
  readonly rejectedFileId: string | null
}

/** What an audience lacks for a message. */
export interface Incomplete {
  readonly count: number
  readonly example: Rejected | undefined
}

const shown = 1_000
const pageSize = 2_000
/** Rows that one transaction puts in: while it does nothing else happens. */
const writeAtOnce = 1_000
const nobody: ReadonlyMap<string, ContactRecord> = new Map()

/** Puts people into a campaign: batch by batch, each in a transaction of its own, so that a million of them stop nothing else. */
export class Enrolment {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  async audience(instance: string, audienceId: string): Promise<AudienceInfo> {
    return this.#contacts().audience(instance, audienceId)
  }

  /** Adds people to a draft. The same person twice is one recipient. */
  async add(one: One, source: Source): Promise<Added> {
    try {
      return await this.#addAll(one, source)
    } catch (error) {
      await source.discard()
      throw error
    }
  }

  async #addAll(one: One, source: Source): Promise<Added> {
    const file = await this.#context.open(one.instance)
    const campaign = required(await selectCampaign(file, one.campaignId), one.campaignId)
    const message = compile(campaign)
    const rejected: Rejected[] = []
    let accepted = 0
    let duplicates = 0
    let rejectedCount = 0
    for await (const batch of source.batches()) {
      const contacts = await this.#find(file, batch.addressees)
      const audience = prepareAudience(one.campaignId, batch.addressees, message, contacts)
      let added = 0
      for (let at = 0; at < audience.recipients.length; at += writeAtOnce)
        added += await this.#write(one, audience.recipients.slice(at, at + writeAtOnce), campaign)
      accepted += added
      duplicates += batch.duplicates + audience.recipients.length - added
      const bad = [...batch.rejected, ...audience.rejected]
      rejectedCount += bad.length
      rejected.push(...bad.slice(0, shown - rejected.length))
      await batch.reject?.(audience.rejected)
    }
    rejected.sort((a, b) => a.line - b.line)
    return { accepted, duplicates, rejectedCount, rejected, rejectedFileId: await source.rejectedFileId() }
  }

  /**
   * Settles who belongs to a campaign's audience, page by page. A crash in between costs nothing: it goes on where it was.
   * @returns how many of the last page were left out because a variable has no value; of the others it is written down
   */
  async freeze(one: One, campaign: CampaignRow): Promise<number> {
    const { audience_id: audienceId } = campaign
    if (audienceId === null) return 0
    const message = compile(campaign)
    for (let after = campaign.frozen_after ?? 0; ; ) {
      const { items, next }: Page = await this.#contacts().members(one.instance, audienceId, after, pageSize)
      const { recipients, rejected } = prepareAudience(one.campaignId, members(items), message, byChat(items))
      const isLast = next === null
      await this.#write(one, recipients, campaign, { after: next ?? after, leftOut: isLast ? 0 : rejected.length })
      // The last page is looked at again when it does not come to a start.
      if (isLast) return rejected.length
      after = next
    }
  }

  /** Looks through an audience for people for whom a variable has no value. */
  async incomplete({ instance, campaignId }: One, campaign: CampaignRow): Promise<Incomplete> {
    const { audience_id: audienceId } = campaign
    let count = 0
    let example: Rejected | undefined
    if (audienceId === null) return { count, example }
    const message = compile(campaign)
    for (let after: number | null = 0; after !== null; ) {
      const { items, next }: Page = await this.#contacts().members(instance, audienceId, after, pageSize)
      const { rejected } = prepareAudience(campaignId, members(items), message, byChat(items))
      count += rejected.length
      example ??= rejected[0]
      after = next
    }
    return { count, example }
  }

  /** The recipients of another campaign, for a copy of it. */
  async copy(from: One, to: One): Promise<void> {
    const file = await this.#context.open(to.instance)
    const campaign = required(await selectCampaign(file, to.campaignId), to.campaignId)
    for await (const rows of this.rows(from)) {
      const recipients = rows.map(({ chatId, payload, part }) => ({ chatId, payload, part }))
      await this.#write(to, recipients, campaign)
    }
  }

  /** @throws WaqtorError WAQ_CONFLICT (409) when a changed message does not fit the recipients that are there */
  async requireComplete(one: One, message: CompiledMessage, { variants }: StoredMessage): Promise<void> {
    const parts = (of: StoredMessage['variants']) => of.map((it) => `${it.name} ${it.share}`).join()
    const isSplitAlike = parts(message.variants) === parts(variants)
    for await (const rows of this.rows(one)) {
      if (!isSplitAlike)
        throw fail(
          'WAQ_CONFLICT',
          'its recipients are split among the variants already; make a copy without recipients',
        )
      for (const { part, chatId, payload } of rows) {
        const [missing] = message.missing(part, chatId, JSON.parse(payload) as Payload)
        if (missing !== undefined)
          throw fail(
            'WAQ_CONFLICT',
            `the variable '${missing}' has no value for ${chatId}; give it a default: {{${missing}|…}}`,
          )
      }
    }
  }

  /** All rows of a campaign, page by page. */
  async *rows({ instance, campaignId }: One): AsyncGenerator<readonly OutboxEntry[]> {
    for (let after = 0; ; ) {
      const rows = await this.#context.services.outbox.entries(instance, campaignId, { after, limit: pageSize })
      if (rows.length > 0) yield rows
      if (rows.length < pageSize) return
      after = rows.at(-1)!.id
    }
  }

  async #find(file: Statements, addressees: readonly Addressee[]): Promise<ReadonlyMap<string, ContactRecord>> {
    const { contacts } = this.#context.services
    if (!contacts || addressees.length === 0) return nobody
    return contacts.find(
      file,
      addressees.map((it) => it.chatId),
    )
  }

  /**
   * @param before the campaign by whose message they were judged
   * @param frozen how far the audience is frozen with these
   */
  #write(
    one: One,
    recipients: Parameters<Context['services']['outbox']['add']>[2],
    before: CampaignRow,
    frozen?: { readonly after: number; readonly leftOut: number },
  ): Promise<number> {
    return this.#context.change(one, async (tx, campaign) => {
      const { status, message, variables } = campaign
      if (status !== 'draft' && status !== 'scheduled' && status !== 'paused')
        throw fail('WAQ_CONFLICT', `recipients can be added to a draft only; campaign '${one.campaignId}' is ${status}`)
      if (message !== before.message || variables !== before.variables)
        throw fail(
          'WAQ_CONFLICT',
          `the message of campaign '${one.campaignId}' was changed meanwhile; add the rest again`,
        )
      const added = await this.#context.services.outbox.add(tx, one.campaignId, recipients)
      await countNew(tx, one.campaignId, added)
      if (frozen) await setFrozen(tx, one.campaignId, frozen.after, frozen.leftOut)
      return [...added.values()].reduce((sum, it) => sum + it, 0)
    })
  }

  #contacts() {
    const { contacts } = this.#context.services
    if (contacts) return contacts
    throw fail('WAQ_NOT_FOUND', "audiences need the 'contacts' plugin, which this config does not have")
  }
}

type Page = { readonly items: readonly ContactRecord[]; readonly next: number | null }

function members(items: readonly ContactRecord[]): Addressee[] {
  return items.map(({ chatId }, i) => ({ line: i + 1, value: chatId, chatId, variables: {}, language: null }))
}

function byChat(items: readonly ContactRecord[]): ReadonlyMap<string, ContactRecord> {
  return new Map(items.map((it) => [it.chatId, it]))
}
