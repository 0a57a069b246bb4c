import type { ChatStanding, GatedRow, GateVerdict, OutboxGate, Statements, Tx } from '@waqtor/contracts'
import { zonesOf } from '@waqtor/phone-numbers'
import type { Context } from '../context.ts'
import { HoursBook } from '../plan/hours.ts'
import { allowance } from '../plan/pace.ts'
import type { SendingHours } from '../plan/sending-hours.ts'
import { warmUpAllowance, warmUpDefaults } from '../plan/warm-up.ts'
import { ownZone, type Plan, type Rules, rulesOf } from '../rules.ts'
import type { Plans } from './plans.ts'
import { lastOfOthers, noteLast, notePace, noteStrangers, paceOf, strangersByDay } from './records.ts'

const weekMs = 7 * 86_400_000

/** Why somebody has to wait. */
export type Because = 'sending-hours' | 'warm-up' | 'cap'
/** The outbox needs to know how long; people want to know why. */
export type Judgement = GateVerdict & { readonly because?: Because }
type Verdicts = Map<number, Judgement>

/** A campaign's plan, with what follows from it. */
export interface Planned {
  readonly id: string
  readonly plan: Plan
  readonly rules: Rules
}

/**
 * Sending hours, caps and courtesy, decided in the transaction in which a row begins: whoever resumes, retries or restores
 * passes here again.
 */
export class CourtesyGate implements OutboxGate {
  readonly name = 'campaigns'
  readonly #context: Context
  readonly #plans: Plans
  readonly #books = new Map<string, HoursBook>()

  constructor(context: Context, plans: Plans) {
    this.#context = context
    this.#plans = plans
  }

  async check(tx: Tx, rows: readonly GatedRow[], now: number): Promise<Verdicts> {
    const verdicts: Verdicts = new Map()
    for (const [id, own] of byCampaign(rows)) {
      const planned = await this.#planned(tx, id)
      if (planned) await this.#judge(tx, planned, own, now, verdicts)
    }
    return verdicts
  }

  async passed(tx: Tx, rows: readonly GatedRow[], now: number): Promise<void> {
    const real = this.#context.isReal(tx.file)
    for (const [id, own] of byCampaign(rows)) {
      const planned = await this.#planned(tx, id)
      if (!planned) continue
      const { plan, rules } = planned
      if (hasCaps(plan)) await notePace(tx, id, own.length, now)
      if (real || rules.oncePerWeek) await noteLast(tx, id, own, now)
      if (!rules.warmUp) continue
      const standing = await this.#standing(tx, own)
      const strangers = own.filter((it) => !standing.get(it.chatId)?.wrote).length
      if (strangers > 0) await noteStrangers(tx, warmUpAllowance(warmUpDefaults, [], now, ownZone()).day, strangers)
    }
  }

  /** A look ahead: what would become of rows of a campaign that may still be changed. */
  async judge(file: Statements, planned: Planned, rows: readonly GatedRow[], now: number): Promise<Verdicts> {
    const verdicts: Verdicts = new Map()
    await this.#judge(file, planned, rows, now, verdicts)
    return verdicts
  }

  async #judge(
    file: Statements,
    planned: Planned,
    rows: readonly GatedRow[],
    now: number,
    verdicts: Verdicts,
  ): Promise<void> {
    if (isFree(planned)) return
    const { id, plan, rules } = planned
    const end = plan.validUntil === null ? Number.POSITIVE_INFINITY : Date.parse(plan.validUntil)
    // Whoever's turn comes only when it is over need not wait for that.
    const wait = (until: number, because: Because): Judgement =>
      until >= end ? { skip: 'window-expired' } : { notBefore: until, because }
    if (now >= end) {
      for (const it of rows) verdicts.set(it.id, { skip: 'window-expired' })
      return
    }
    const asksWho = rules.requireConsent || rules.warmUp
    const standing = asksWho ? await this.#standing(file, rows) : new Map<string, ChatStanding>()
    const others = rules.oncePerWeek
      ? await lastOfOthers(
          file,
          id,
          rows.map((it) => it.chatId),
        )
      : new Map<string, number>()
    let passing: GatedRow[] = []
    for (const it of rows) {
      const last = others.get(it.chatId)
      if (rules.requireConsent && !standing.get(it.chatId)?.consent) verdicts.set(it.id, { skip: 'no-consent' })
      else if (last !== undefined && now - last < weekMs) verdicts.set(it.id, { skip: 'once-per-week' })
      else {
        const opens = this.#opens(rules, it.chatId, now)
        if (opens > now) verdicts.set(it.id, wait(opens, 'sending-hours'))
        else passing.push(it)
      }
    }
    if (rules.warmUp) {
      const { allowed, nextDayAt } = warmUpAllowance(warmUpDefaults, await strangersByDay(file), now, ownZone())
      let strangers = 0
      passing = passing.filter((it) => {
        if (standing.get(it.chatId)?.wrote || ++strangers <= allowed) return true
        verdicts.set(it.id, wait(nextDayAt, 'warm-up'))
        return false
      })
    }
    if (!hasCaps(plan) || passing.length === 0) return
    const { allowed, restUntil } = allowance(plan.pacing, await paceOf(file, id, now), now)
    for (const it of passing.slice(allowed)) verdicts.set(it.id, { restUntil, because: 'cap' })
  }

  #opens({ hours }: Rules, chatId: string, now: number): number {
    if (hours === 'any') return now
    return this.#bookOf(hours).nextOpening(hours.zone === 'recipient' ? zonesOf(chatId) : [], now)
  }

  #bookOf(hours: SendingHours): HoursBook {
    const key = `${hours.from} ${hours.to} ${hours.zone}`
    const book = this.#books.get(key) ?? new HoursBook(hours, ownZone())
    this.#books.set(key, book)
    return book
  }

  async #standing(file: Statements, rows: readonly GatedRow[]): Promise<ReadonlyMap<string, ChatStanding>> {
    const { contacts } = this.#context.services
    if (!contacts) return new Map()
    return contacts.standing(
      file,
      rows.map((it) => it.chatId),
    )
  }

  async #planned(tx: Tx, id: string): Promise<Planned | undefined> {
    const plan = await this.#plans.of(tx, id)
    return plan && { id, plan, rules: rulesOf(plan, this.#context.isReal(tx.file)) }
  }
}

function byCampaign(rows: readonly GatedRow[]): ReadonlyMap<string, GatedRow[]> {
  return Map.groupBy(
    rows.filter((it) => it.source === 'campaign'),
    (it) => it.queue,
  )
}

function hasCaps({ pacing }: Plan): boolean {
  return pacing.perHour !== undefined || pacing.perDay !== undefined
}

/** Nothing of it depends on who or when. */
function isFree({ plan, rules }: Planned): boolean {
  const { hours, requireConsent, oncePerWeek, warmUp } = rules
  return hours === 'any' && !requireConsent && !oncePerWeek && !warmUp && !hasCaps(plan) && plan.validUntil === null
}
