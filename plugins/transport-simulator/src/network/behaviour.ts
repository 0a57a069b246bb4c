import { type Behaviour, CLOCK_MOMENT_FROM, type Control } from '../contract.ts'

/** A network of well-behaved people: nothing is lost, and everybody reads at once. */
export function wellBehaved(seed: string): Behaviour {
  return {
    latencyMs: 0,
    ackDelayMs: 100,
    refuseRate: 0,
    dropAnswerRate: 0,
    dropAckRate: 0,
    history: 'full',
    restrict: null,
    hang: false,
    clockShiftMs: 0,
    seed,
  }
}

/** How every phone behaves: what was said for all, and what was said for one, whichever came last. */
export class Behaviours {
  #all: Behaviour
  readonly #own = new Map<string, Partial<Behaviour>>()

  constructor(all: Behaviour) {
    this.#all = all
  }

  of(instance: string): Behaviour {
    return { ...this.#all, ...this.#own.get(instance) }
  }

  get all(): Behaviour {
    return this.#all
  }

  change(control: Control, now: number): void {
    const change = changeOf(control, now)
    if (control.instance !== undefined) {
      this.#own.set(control.instance, { ...this.#own.get(control.instance), ...change })
      return
    }
    this.#all = { ...this.#all, ...change }
    for (const own of this.#own.values()) for (const key of Object.keys(change)) delete own[key as keyof Behaviour]
  }
}

function changeOf(
  { instance, disconnect, logout, restrict, clock, seed, ...plain }: Control,
  now: number,
): Partial<Behaviour> {
  return {
    ...plain,
    ...(restrict !== undefined && { restrict: reasonOf(restrict) }),
    ...(clock !== undefined && { clockShiftMs: shiftOf(clock, now) }),
    ...(seed !== undefined && { seed: String(seed) }),
  }
}

function reasonOf(restrict: boolean | string): string | null {
  if (restrict === false) return null
  return restrict === true ? 'WhatsApp has restricted this account' : restrict
}

function shiftOf(clock: number | string, now: number): number {
  if (typeof clock === 'string') return Date.parse(clock) - now
  return Math.abs(clock) < CLOCK_MOMENT_FROM ? clock : clock - now
}
