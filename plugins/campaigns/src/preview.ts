import type { GatedRow, Statements } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { type Candidate, type CandidatePage, candidates, isSettled } from './candidates.ts'
import { type Context, compile, type One, planOf, required } from './context.ts'
import type * as contract from './contract.ts'
import { toCounters } from './counts.ts'
import type { CourtesyGate } from './courtesy/gate.ts'
import type { Forecast } from './forecast.ts'
import type { CompiledMessage } from './message.ts'
import { rowAfter } from './reading.ts'
import { rulesOf } from './rules.ts'
import { type CampaignRow, selectCampaign, selectCounts } from './store.ts'
import { warningsOf } from './warnings.ts'

type Input = z.output<typeof contract.previewCampaign.input>
type Verdict = Pick<contract.Preview['items'][number], 'verdict' | 'reason' | 'at'>

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
    const { items, next } = await candidates(this.#context, input, campaign, rowAfter(cursor), limit)
    const verdictOf = await this.#judge(file, input, campaign, message, items)
    return {
      items: items.map((it) => rendered(it, message, verdictOf(it))),
      nextCursor: next === null ? null : String(next),
      warnings: warningsOf(campaign),
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
    for (let after: number | null = 0; after !== null && examined < examinedLimit; ) {
      const { items, next }: CandidatePage = await candidates(this.#context, one, campaign, after, pageSize)
      examined += items.length
      const verdictOf = await this.#judge(file, one, campaign, message, items)
      for (const it of items) {
        for (const name of lacks(message, it)) add(missing, name)
        const { verdict, reason } = verdictOf(it)
        if (verdict === 'skip') add(skips, reason!)
      }
      after = next
    }
    const { queued } = toCounters(await selectCounts(file, one.campaignId))
    const total = isSettled(campaign) ? queued : examined
    const found = await this.#forecast.estimate(one, campaign, total - sumOf(skips))
    // The gate sees who could not go now, the forecast whose turn comes too late.
    if (found && found.tooLate > 0) add(skips, 'window-expired', found.tooLate)
    const willSend = total - sumOf(skips)
    const willSkip = [...skips].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
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

  async #judge(
    file: Statements,
    one: One,
    campaign: CampaignRow,
    message: CompiledMessage,
    page: readonly Candidate[],
  ): Promise<(it: Candidate) => Verdict> {
    const { contacts } = this.#context.services
    const now = Date.now()
    // Who lacks a value is left out at the start, so that nobody asks the gate about them.
    const complete = page.filter((it) => lacks(message, it).length === 0)
    const rows = complete.map(
      ({ id, chatId, part }): GatedRow => ({ id, chatId, part, queue: one.campaignId, source: 'campaign' }),
    )
    const whole = new Set(complete)
    const plan = planOf(campaign)
    const planned = { id: campaign.id, plan, rules: rulesOf(plan, this.#context.isReal(one.instance)) }
    const verdicts = await this.#gate.judge(file, planned, rows, now)
    const standing = await contacts?.standing(
      file,
      rows.map((it) => it.chatId),
    )
    return (it) => {
      if (!whole.has(it)) return { verdict: 'skip', reason: 'incomplete', at: null }
      const { id, chatId } = it
      if (standing?.get(chatId)?.optedOut) return { verdict: 'skip', reason: 'opted-out', at: null }
      const verdict = verdicts.get(id)
      if (!verdict) return { verdict: 'send', reason: null, at: null }
      if ('skip' in verdict) return { verdict: 'skip', reason: verdict.skip, at: null }
      const at = 'notBefore' in verdict ? verdict.notBefore : verdict.restUntil
      return { verdict: 'wait', reason: verdict.because ?? null, at }
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

/** Names of the variables that have no value for somebody. */
function lacks(message: CompiledMessage, { part, chatId, payload }: Candidate): readonly string[] {
  return message.missing(part, chatId, payload)
}

function add(counts: Map<string, number>, name: string, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, it) => sum + it, 0)
}
