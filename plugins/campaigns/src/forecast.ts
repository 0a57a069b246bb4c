import type { ChatStanding } from '@waqtor/contracts'
import { zonesOf } from '@waqtor/phone-numbers'
import { type Candidate, candidates, isSettled } from './candidates.ts'
import { type Context, type One, planOf } from './context.ts'
import type { Progress } from './contract.ts'
import { isInDoubt, type StateCounts, toCounters } from './counts.ts'
import { paceOf, strangersByDay } from './courtesy/records.ts'
import { type Estimate, estimate, type RecipientGroup } from './plan/estimate.ts'
import { warmUpDefaults } from './plan/warm-up.ts'
import type { RateMeter } from './rate-meter.ts'
import { ownZone, rulesOf } from './rules.ts'
import { type CampaignRow, selectCounts } from './store.ts'

/** Looked at to learn in which zones the recipients live, and how many of them are strangers. */
const sampleSize = 2_000
/** What one message takes on a network of which nothing is known yet, milliseconds. */
const usualSendMs = 1_000
const keptMs = 2_000

interface Kept {
  readonly at: number
  readonly status: CampaignRow['status']
  readonly estimate: Promise<Estimate | null>
}

/** When a campaign would be done. */
export class Forecast {
  readonly #context: Context
  readonly #rates: RateMeter
  readonly #kept = new Map<string, Kept>()
  /** Where those begin who still wait: to find that anew behind half a million sent ones takes most of a second. */
  readonly #waitingAfter = new Map<string, number>()

  constructor(context: Context, rates: RateMeter) {
    this.#context = context
    this.#rates = rates
  }

  /** How a campaign goes at the moment. The end is reckoned at most every other second, however many ask. */
  async of(one: One, campaign: CampaignRow, counts: StateCounts): Promise<Progress> {
    const remaining = toCounters(counts).queued
    const isRunning = campaign.status === 'running'
    const obstacle = isRunning && remaining > 0 ? this.#obstacle(one, counts) : undefined
    if (obstacle) return { remaining, ratePerMinute: 0, nextAt: null, expectedFinishAt: null, limitedBy: obstacle }
    const found = isRunning || campaign.status === 'scheduled' ? await this.#lately(one, campaign) : null
    return {
      remaining,
      ratePerMinute: isRunning ? Math.round(this.#rates.perMinute(one.instance, one.campaignId)) : 0,
      nextAt: found && found.startsAt > Date.now() ? found.startsAt : null,
      expectedFinishAt: found?.finishesAt ?? null,
      limitedBy: found?.limitedBy ?? null,
    }
  }

  /** Why a running campaign sends nothing at all. */
  #obstacle({ instance }: One, counts: StateCounts): 'session' | 'doubt' | undefined {
    if (!this.#context.services.instances.session(instance)) return 'session'
    return isInDoubt(counts) ? 'doubt' : undefined
  }

  forget({ instance, campaignId }: One): void {
    const key = `${instance}/${campaignId}`
    this.#kept.delete(key)
    this.#waitingAfter.delete(key)
    this.#rates.forget(instance, campaignId)
  }

  /** @param total how many there are to be sent to, where they are not recipients yet */
  async estimate(one: One, campaign: CampaignRow, total?: number): Promise<Estimate | null> {
    const file = await this.#context.open(one.instance)
    const remaining = total ?? toCounters(await selectCounts(file, campaign.id)).queued
    if (remaining === 0) return null
    const now = Date.now()
    const plan = planOf(campaign)
    const rules = rulesOf(plan, this.#context.isReal(one.instance))
    const sample = await this.#sample(one, campaign)
    const standing = rules.warmUp ? await this.#standing(one.instance, sample) : new Map<string, ChatStanding>()
    const rate = this.#rates.perMinute(one.instance, campaign.id)
    return estimate({
      now,
      startAt: campaign.status === 'scheduled' ? (campaign.schedule_at ?? now) : now,
      validUntil: plan.validUntil === null ? undefined : Date.parse(plan.validUntil),
      groups: groups(sample, remaining, standing),
      inFlight: plan.pacing.inFlight,
      gapMs: rules.gapMs,
      gapMaxMs: rules.gapMaxMs,
      sendMs: rate > 0 && rules.gapMs === 0 ? (60_000 * plan.pacing.inFlight) / rate : usualSendMs,
      caps: plan.pacing,
      sent: await paceOf(file, campaign.id, now),
      hours: rules.hours === 'any' ? undefined : rules.hours,
      fallbackZone: ownZone(),
      warmUp: rules.warmUp
        ? { settings: warmUpDefaults, history: await strangersByDay(file), zone: ownZone() }
        : undefined,
    })
  }

  #lately(one: One, campaign: CampaignRow): Promise<Estimate | null> {
    const key = `${one.instance}/${one.campaignId}`
    const { status } = campaign
    const now = performance.now()
    const kept = this.#kept.get(key)
    if (kept?.status === status && now - kept.at < keptMs) return kept.estimate
    const estimate = this.estimate(one, campaign)
    this.#kept.set(key, { at: now, status, estimate })
    estimate.catch(() => this.#kept.delete(key))
    return estimate
  }

  /** Some of those who wait. Who came back from an earlier place is not missed: it is a sample. */
  async #sample(one: One, campaign: CampaignRow): Promise<readonly Candidate[]> {
    const key = `${one.instance}/${one.campaignId}`
    const page = (after: number) => candidates(this.#context, one, campaign, after, sampleSize)
    if (!isSettled(campaign)) return (await page(0)).items
    const after = this.#waitingAfter.get(key) ?? 0
    const { items } = await page(after)
    const [first] = items
    if (!first) {
      this.#waitingAfter.delete(key)
      return after === 0 ? items : (await page(0)).items
    }
    this.#waitingAfter.set(key, first.id - 1)
    return items
  }

  async #standing(instance: string, rows: readonly Pick<Candidate, 'chatId'>[]) {
    const { contacts } = this.#context.services
    if (!contacts) return new Map<string, ChatStanding>()
    return contacts.standing(
      await this.#context.open(instance),
      rows.map((it) => it.chatId),
    )
  }
}

/** How many of `remaining` live in which zones, as far as a sample tells. */
function groups(
  sample: readonly Candidate[],
  remaining: number,
  standing: ReadonlyMap<string, ChatStanding>,
): RecipientGroup[] {
  if (sample.length === 0) return [{ zones: [], count: remaining, strangers: remaining }]
  const scale = remaining / sample.length
  const byZones = Map.groupBy(sample, (it) => zonesOf(it.chatId))
  return [...byZones].map(([zones, rows]) => ({
    zones,
    count: rows.length * scale,
    strangers: rows.filter((it) => !standing.get(it.chatId)?.wrote).length * scale,
  }))
}
