import type { OutboxQueue } from '@waqtor/contracts'
import type { PlanView } from './contract.ts'
import type { SendingHours } from './plan/sending-hours.ts'

/** What a campaign was planned with, as it is stored: what the person said, and nothing that follows from it. */
export type Plan = PlanView

/** What holds for a campaign once it is known who is at the other end. */
export interface Rules {
  readonly hours: SendingHours | 'any'
  readonly requireConsent: boolean
  readonly oncePerWeek: boolean
  readonly warmUp: boolean
  readonly checkNumbers: boolean
  readonly gapMs: number
  readonly gapMaxMs: number
}

let zone: string | undefined

/** Where this machine stands: for recipients of whom no zone is known, and for what is counted by days. */
export function ownZone(): string {
  // Asked when it is needed: the runtime loads a calendar for the answer, and holds it.
  zone ??= new Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone
}

/** Where nothing else was said and real people are at the other end. */
const usualHours: SendingHours = { from: '09:00', to: '20:00', zone: 'recipient' }
const usualGap = { gapMs: 3_000, gapMaxMs: 8_000 }

const everything = { requireConsent: true, oncePerWeek: true, warmUp: true, checkNumbers: true }
const nothing = { requireConsent: false, oncePerWeek: false, warmUp: false, checkNumbers: false }

/** @param real whether real people are at the other end; where that is not known yet, take it for true */
export function rulesOf({ pacing, sendingHours, courtesy }: Plan, real: boolean): Rules {
  const isOn = courtesy === 'auto' ? real : courtesy !== 'off'
  const asked = typeof courtesy === 'object' ? courtesy : isOn ? everything : nothing
  const gap =
    pacing.gapMs === undefined
      ? isOn
        ? usualGap
        : { gapMs: 0, gapMaxMs: 0 }
      : { gapMs: pacing.gapMs, gapMaxMs: pacing.gapMaxMs ?? pacing.gapMs }
  return { hours: sendingHours ?? (isOn ? usualHours : 'any'), ...asked, ...gap }
}

/** The queue of a campaign as the outbox is to work it. */
export function queueOf(id: string, plan: Plan, real: boolean, open: boolean): OutboxQueue {
  const { gapMs, gapMaxMs, checkNumbers } = rulesOf(plan, real)
  const { inFlight } = plan.pacing
  return { id, source: 'campaign', open, inFlight, gapMs, gapMaxMs, checkNumbers, onUnknown: plan.onUnknown }
}
