import { type Budget, capBudgets, type WarmUpPlan, warmUpBudget } from './budget.ts'
import { HoursBook, type Stretch } from './hours.ts'
import { type Caps, dayMs, type SentMinute } from './pace.ts'
import type { SendingHours } from './sending-hours.ts'

export type Limit = 'gap' | 'perHour' | 'perDay' | 'hours' | 'warmUp' | 'speed'

/** Recipients who are not settled yet and live in the same zones. */
export interface RecipientGroup {
  readonly zones: readonly string[]
  readonly count: number
  /** Those of them who never wrote to us; needed where there is a warm-up. */
  readonly strangers?: number
}

/** Times are milliseconds, moments since 1970 (UTC). */
export interface EstimateInput {
  readonly now: number
  /** When it is scheduled; in the past, or absent, for a campaign that runs. */
  readonly startAt?: number | undefined
  /** Nobody is sent to from then on; absent where that has no end. */
  readonly validUntil?: number | undefined
  /** One group with no zones is enough where no hours hold, or the same for everybody. */
  readonly groups: readonly RecipientGroup[]
  readonly inFlight: number
  readonly gapMs: number
  readonly gapMaxMs?: number | undefined
  /** How long one send takes, as measured. */
  readonly sendMs: number
  readonly caps?: Caps | undefined
  /** What counts against the caps already. */
  readonly sent?: readonly SentMinute[] | undefined
  readonly hours?: SendingHours | undefined
  /** The zone of recipients of whom none is known. */
  readonly fallbackZone: string
  readonly warmUp?: WarmUpPlan | undefined
}

export interface Estimate {
  /** When the first message can go. */
  readonly startsAt: number
  readonly finishesAt: number
  /** How many are not sent to by the time until which it is valid. */
  readonly tooLate: number
  /** What most of the time goes into. */
  readonly limitedBy: Limit
}

/** How far it is looked ahead step by step; what is left then goes on as on the last day. */
const horizonMs = 14 * dayMs
/** Less than this is the dust of reckoning with fractions of messages. */
const dust = 1e-6

/**
 * When a campaign may be through. Messages are reckoned as a fluid that runs as fast as the pace lets it, to all whose hours
 * are open in proportion to how many they are: more recipients never make it end earlier, and the number of steps depends on
 * the days that are looked at, not on the recipients. Strangers, who have to wait for the warm-up, are reckoned a second
 * time, by themselves; the later end counts. Errors, and other campaigns of the instance, are not foreseen.
 */
export function estimate(input: EstimateInput): Estimate {
  const { now, startAt = now, validUntil = Number.POSITIVE_INFINITY, groups, caps = {}, sent = [], warmUp } = input
  const from = Math.max(now, startAt)
  const book = new HoursBook(input.hours ?? { from: '00:00', to: '00:00', zone: 'recipient' }, input.fallbackZone)
  const pace = paceOf(input)
  const poolsOf = (count: (group: RecipientGroup) => number): Pool[] =>
    groups.map((it) => ({ zones: it.zones, left: count(it), stretch: book.stretch(it.zones, from) }))

  const shared = { pace, book, from, validUntil }
  const { spent, ...all } = run({ pools: poolsOf((it) => it.count), budgets: capBudgets(caps, sent, from), ...shared })
  const ofAll = { ...all, limitedBy: mostOf(spent, pace.limit) }
  if (!warmUp || groups.every((it) => !it.strangers)) return ofAll

  const budgets = [...capBudgets(caps, sent, from), warmUpBudget(warmUp, from)]
  const strangers = run({ pools: poolsOf((it) => it.strangers ?? 0), budgets, ...shared })
  const nobodyElse = groups.every((it) => it.count <= (it.strangers ?? 0))
  const startsAt = nobodyElse ? strangers.startsAt : all.startsAt
  const tooLate = Math.max(all.tooLate, strangers.tooLate)
  if (strangers.finishesAt <= all.finishesAt && strangers.tooLate <= all.tooLate) return { ...ofAll, startsAt }
  return { startsAt, finishesAt: strangers.finishesAt, tooLate, limitedBy: 'warmUp' }
}

interface Pace {
  /** From the beginning of one send to that of the next. */
  readonly eachMs: number
  readonly limit: 'gap' | 'speed'
}

function paceOf({ inFlight, gapMs, gapMaxMs = gapMs, sendMs }: EstimateInput): Pace {
  const gap = (gapMs + Math.max(gapMs, gapMaxMs)) / 2
  const speed = sendMs / inFlight
  return gap > speed ? { eachMs: gap, limit: 'gap' } : { eachMs: speed, limit: 'speed' }
}

interface Pool {
  readonly zones: readonly string[]
  left: number
  stretch: Stretch
}

interface Run {
  readonly pools: Pool[]
  readonly budgets: readonly Budget[]
  readonly pace: Pace
  readonly book: HoursBook
  readonly from: number
}

function run({ pools, budgets, pace, book, from, validUntil }: Run & { readonly validUntil: number }) {
  const end = Math.min(from + horizonMs, validUntil)
  const spent = new Map<Limit, number>()
  let startsAt: number | undefined
  let at = from
  while (at < end && pools.some((it) => it.left > 0)) {
    renew(budgets, at)
    const step = nextStep({ pools, budgets, pace, book, from: at }, end)
    if (step.sends) startsAt ??= at
    spent.set(step.limit, (spent.get(step.limit) ?? 0) + step.until - at)
    at = step.until
  }
  // What is left goes on by the day at which the looking ends, whether or not something was sent up to there.
  renew(budgets, at)
  const left = sum(pools)
  const restMs = left > 0 ? restAfter({ pools, budgets, pace, book, from: at }) : 0
  const finishesAt = Math.max(at, Math.min(at + restMs, validUntil))
  // Whoever's message has begun is sent to: only whole people are too late.
  const tooLate = restMs > 0 ? Math.floor((left * (at + restMs - finishesAt)) / restMs + dust) : 0
  return { startsAt: Math.floor(startsAt ?? at), finishesAt: Math.ceil(finishesAt), tooLate, spent }
}

function renew(budgets: readonly Budget[], at: number): void {
  for (const it of budgets) while (it.until <= at) Object.assign(it, it.next(it.until))
}

interface Step {
  readonly until: number
  readonly limit: Limit
  readonly sends: boolean
}

/** Waits, or sends until something changes: somebody's hours, a window of a cap, or nobody is left. */
function nextStep({ pools, budgets, pace, book, from }: Run, end: number): Step {
  const used = budgets.filter((it) => it.left === 0)
  if (used.length > 0) {
    const last = used.reduce((a, b) => (b.until > a.until ? b : a))
    return { until: Math.min(end, last.until), limit: last.limit, sends: false }
  }
  const left = pools.filter((it) => it.left > 0)
  for (const it of left) if (from >= it.stretch.until) it.stretch = book.stretch(it.zones, from)
  const change = Math.min(end, ...left.map((it) => it.stretch.until))
  const open = left.filter((it) => it.stretch.open)
  if (open.length === 0) return { until: change, limit: 'hours', sends: false }

  const cut = Math.min(change, ...budgets.map((it) => it.until))
  const untilCut = (cut - from) / pace.eachMs
  const waiting = sum(open)
  const sends = Math.min(waiting, untilCut, ...budgets.map((it) => it.left))
  for (const it of open) it.left = waiting - sends < dust ? 0 : it.left * (1 - sends / waiting)
  for (const it of budgets) it.left = it.left - sends < dust ? 0 : it.left - sends
  return { until: sends === untilCut ? cut : from + sends * pace.eachMs, limit: pace.limit, sends: true }
}

/** How long what is left takes when each day is like the next: the slowest group by itself, or all of them together. */
function restAfter({ pools, budgets, pace, book, from }: Run): number {
  const daily = budgets.map(({ limit, until, next }) => ({ limit, n: next(until).left }))
  const daysFor = (some: readonly Pool[]) => {
    const share = openShare(some, book, from)
    const ofDay = daily.map(({ limit, n }) => (limit === 'perHour' ? n * 24 * share : n))
    return sum(some) / Math.min((share * dayMs) / pace.eachMs, ...ofDay)
  }
  const left = pools.filter((it) => it.left > 0)
  return dayMs * Math.max(daysFor(pools), ...left.map((it) => daysFor([it])))
}

/** For how much of the time it is open for any of these; of two days, since a change of the clocks can swallow one's hours. */
function openShare(pools: readonly Pool[], book: HoursBook, from: number): number {
  const end = from + 2 * dayMs
  let open = 0
  for (let at = from; at < end; ) {
    const stretches = pools.map((it) => book.stretch(it.zones, at))
    const until = Math.min(end, ...stretches.map((it) => it.until))
    if (stretches.some((it) => it.open)) open += until - at
    at = until
  }
  return open / (end - from)
}

function sum(pools: readonly Pool[]): number {
  return pools.reduce((total, it) => total + it.left, 0)
}

function mostOf(spent: ReadonlyMap<Limit, number>, pace: Limit): Limit {
  return [...spent].reduce<readonly [Limit, number]>((most, it) => (it[1] > most[1] ? it : most), [pace, 0])[0]
}
