/** Times in milliseconds. */
export interface BreakerLimits {
  /** So many failures … */
  readonly failures: number
  /** … within this time open it. */
  readonly windowMs: number
  /** How long it stays open before one call is tried. */
  readonly restMs: number
  /** So many openings … */
  readonly openings: number
  /** … within this time, and it is not tried again. */
  readonly openingsWindowMs: number
}

export const breakerLimits: BreakerLimits = {
  failures: 5,
  windowMs: 60_000,
  restMs: 30_000,
  openings: 3,
  openingsWindowMs: 3_600_000,
}

/** What a failure has led to: nothing is called for a while, or not at all any more. */
export type Opening = 'rests' | 'off'

type State =
  | { readonly kind: 'closed' }
  /** Nothing is called until then. */
  | { readonly kind: 'open'; readonly until: number }
  /** One call is tried. Should it never end, another one is, after this time. */
  | { readonly kind: 'trying'; readonly until: number }
  | { readonly kind: 'off' }

/** Decides whether somebody who has failed may be called again. Knows no clock: whoever asks says what time it is. */
export class Breaker {
  readonly #limits: BreakerLimits
  #state: State = { kind: 'closed' }
  #failures: number[] = []
  #openings: number[] = []

  constructor(limits: BreakerLimits = breakerLimits) {
    this.#limits = limits
  }

  /** True when the call may be made; whoever gets a true makes it, and tells what became of it. */
  lets(now: number): boolean {
    const state = this.#state
    if (state.kind === 'closed') return true
    if (state.kind === 'off' || now < state.until) return false
    this.#state = { kind: 'trying', until: now + this.#limits.restMs }
    return true
  }

  succeeded(): void {
    // What began before it opened proves nothing.
    if (this.#state.kind !== 'trying') return
    this.#state = { kind: 'closed' }
    this.#failures = []
  }

  /** Answers what the failure has led to, if anything. */
  failed(now: number): Opening | undefined {
    const { failures, windowMs } = this.#limits
    const { kind } = this.#state
    if (kind === 'open' || kind === 'off') return undefined
    this.#failures = [...this.#failures.filter((it) => now - it < windowMs), now]
    return kind === 'trying' || this.#failures.length >= failures ? this.#open(now) : undefined
  }

  #open(now: number): Opening {
    const { openings, openingsWindowMs, restMs } = this.#limits
    this.#failures = []
    this.#openings = [...this.#openings.filter((it) => now - it < openingsWindowMs), now]
    const isOff = this.#openings.length >= openings
    this.#state = isOff ? { kind: 'off' } : { kind: 'open', until: now + restMs }
    return isOff ? 'off' : 'rests'
  }
}
