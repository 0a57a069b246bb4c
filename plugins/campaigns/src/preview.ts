import type { GatedRow, Statements } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { payloadOf } from './audience/prepare.ts'
import { type Context, compile, type One, required } from './context.ts'
import type * as contract from './contract.ts'
import { toCounters } from './counts.ts'
import type { CourtesyGate } from './courtesy/gate.ts'
import type { Forecast } from './forecast.ts'
import type { CompiledMessage, Payload } from './message.ts'
import { rowAfter } from './reading.ts'
import { type CampaignRow, selectCampaign, selectCounts } from './store.ts'

type Input = z.output<typeof contract.previewCampaign.input>
type Verdict = Pick<contract.Preview['items'][number], 'verdict' | 'reason' | 'at'>

/** Somebody who would get the message. */
interface Candidate {
  readonly id: number
  readonly chatId: string
  readonly part: number
  readonly payload: Payload
}

/** Figures are taken from at most so many recipients; that takes a second or two. */
const examinedLimit = 200_000
const pageSize = 2_000

/** A dry run: says what a start would do, and does nothing. */
export class Previews {
  readonly #context: Context
  readonly #gate: CourtesyGate
  readonly #forecast: Forecast

  constructor(context: Context, gate: CourtesyGate, forecast: Forecast) {
    this.#context = context
    this.#gate = gate
    this.#forecast = forecast
  }

  async preview(input: Input): Promise<contract.Preview> {
    const { instance, campaignId, limit, cursor } = input
    const file = await this.#context.open(instance)
    const campaign = required(await selectCampaign(file, campaignId), campaignId)
    const message = compile(campaign)
    const page = await this.#page(input, campaign, rowAfter(cursor), limit + 1)
    const shown = page.slice(0, limit)
    const verdictOf = await this.#judge(file, input, shown)
    return {
      items: shown.map((it) => rendered(it, message, verdictOf(it))),
      nextCursor: page.length > limit ? String(shown.at(-1)!.id) : null,
      summary: cursor === undefined ? await this.#summary(file, input, campaign, message) : null,
    }
  }

  async #summary(
    file: Statements,
    one: One,
    campaign: CampaignRow,
    message: CompiledMessage,
  ): Promise<contract.PreviewSummary> {
    const skips = new Map<string, number>()
    const missing = new Map<string, number>()
    let examined = 0
    for (let after = 0; examined < examinedLimit; ) {
      const page = await this.#page(one, campaign, after, pageSize)
      examined += page.length
      const verdictOf = await this.#judge(file, one, page)
      for (const it of page) {
        const names = message.missing(it.part, it.chatId, it.payload)
        for (const name of names) add(missing, name)
        const { verdict, reason } = verdictOf(it)
        if (verdict === 'skip') add(skips, reason!)
        else if (names.length > 0) add(skips, 'incomplete')
      }
      if (page.length < pageSize) break
      after = page.at(-1)!.id
    }
    const { queued } = toCounters(await selectCounts(file, one.campaignId))
    const total = isFrozen(campaign) ? queued : examined
    const willSkip = [...skips].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
    const willSend = total - willSkip.reduce((sum, it) => sum + it.count, 0)
    const found = await this.#forecast.estimate(one, campaign, willSend)
    return {
      total,
      examined,
      willSend,
      willSkip,
      missing: [...missing].map(([variable, count]) => ({ variable, count })),
      startsAt: found?.startsAt ?? null,
      expectedFinishAt: found?.finishesAt ?? null,
      limitedBy: found?.limitedBy ?? null,
    }
  }

  /** Those who wait to be sent to; before the start of a campaign with an audience, the members of that. */
  async #page(
    { instance, campaignId }: One,
    campaign: CampaignRow,
    after: number,
    limit: number,
  ): Promise<readonly Candidate[]> {
    const { outbox, contacts } = this.#context.services
    if (isFrozen(campaign) || !contacts) {
      const rows = await outbox.entries(instance, campaignId, { after, limit, state: 'queued' })
      return rows.map((it) => ({ ...it, payload: JSON.parse(it.payload) as Payload }))
    }
    const { items } = await contacts.members(instance, campaign.audience_id!, after, limit)
    const message = compile(campaign)
    return items.map((it, place) => {
      const part = message.partOf(campaignId, it.chatId)
      return { id: after + place + 1, chatId: it.chatId, part, payload: payloadOf({}, null, it) }
    })
  }

  async #judge(file: Statements, one: One, page: readonly Candidate[]): Promise<(it: Candidate) => Verdict> {
    const { contacts } = this.#context.services
    const now = Date.now()
    const rows = page.map(
      ({ id, chatId, part }): GatedRow => ({ id, chatId, part, queue: one.campaignId, source: 'campaign' }),
    )
    const verdicts = await this.#gate.judge(file, one.instance, rows, now)
    const standing = await contacts?.standing(
      file,
      rows.map((it) => it.chatId),
    )
    return ({ id, chatId }) => {
      if (standing?.get(chatId)?.optedOut) return { verdict: 'skip', reason: 'opted-out', at: null }
      const verdict = verdicts.get(id)
      if (!verdict) return { verdict: 'send', reason: null, at: null }
      if ('skip' in verdict) return { verdict: 'skip', reason: verdict.skip, at: null }
      const at = 'notBefore' in verdict ? verdict.notBefore : verdict.restUntil
      return { verdict: 'wait', reason: 'notBefore' in verdict ? 'sending-hours' : 'cap', at }
    }
  }
}

function rendered(
  { chatId, part, payload }: Candidate,
  message: CompiledMessage,
  verdict: Verdict,
): contract.Preview['items'][number] {
  const variant = message.variants[part]!
  return {
    chatId,
    variant: message.variants.length > 1 ? variant.name : null,
    language: message.choose(part, payload.l).language,
    body: message.render(part, chatId, payload),
    media: variant.media?.filename ?? null,
    ...verdict,
  }
}

/** False as long as it is not settled who belongs to it. */
function isFrozen({ audience_id, started_at }: CampaignRow): boolean {
  return audience_id === null || started_at !== null
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
