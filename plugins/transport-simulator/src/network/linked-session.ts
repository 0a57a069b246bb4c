import type { TransportFact } from '@waqtor/contracts'
import {
  type Answer,
  failed,
  type Opening,
  type Operation,
  type Outcome,
  type Report,
  type Session,
} from './operations.ts'
import type { Phone } from './phone.ts'

export type SessionState =
  /** Cut off or hanging: nothing has happened yet. */
  'waiting' | 'pairing' | 'ready' | 'closed'

/** What a session needs the network for. */
export interface SessionHooks {
  /** The page and the phone can speak: link them, or show what is to be scanned. */
  connect(): void
  perform(operation: Operation, answer: Answer): void
}

interface Held {
  readonly happen: () => void
  /** What the page is told, where that is what happens. */
  readonly fact?: TransportFact
}

/** The page of one account for as long as WaQtor is connected to it. */
export class LinkedSession implements Session {
  readonly phone: Phone
  readonly opening: Opening
  state: SessionState = 'waiting'
  /** While it is pairing: what the page shows. */
  qr: string | undefined
  code: string | undefined
  readonly #hooks: SessionHooks
  readonly #report: Report
  /** What could not happen because the page hangs, in its order. */
  #held: Held[] = []

  constructor(phone: Phone, opening: Opening, report: Report, hooks: SessionHooks) {
    this.phone = phone
    this.opening = opening
    this.#report = report
    this.#hooks = hooks
  }

  request(operation: Operation, answer: Answer): void {
    this.#pass(() => this.#hooks.perform(operation, (outcome) => this.#pass(() => answer(outcome))))
  }

  tell(fact: TransportFact): void {
    this.#pass(() => this.#report(fact), fact)
  }

  /** Something may be possible again: the page no longer hangs, or has its network back. */
  wake(): void {
    if (this.phone.behaviour.hang) return
    // Whatever happens may close the session, and then the rest no longer happens.
    for (let held = this.#held.shift(); held; held = this.#held.shift()) held.happen()
    if (this.state === 'waiting' && this.phone.awake) this.#hooks.connect()
  }

  /** The connection breaks from the other side. */
  drop(reason: string, loggedOut = false): void {
    if (this.state === 'closed') return
    this.close()
    this.#report({ type: 'disconnected', reason, ...(loggedOut && { loggedOut }) })
  }

  close(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.phone.session = undefined
    // What a hanging page was asked for dies with it, for nobody ever took it; what it was to be told waits for the next one.
    for (const { fact } of this.#held.splice(0)) if (fact) this.phone.missed(fact)
  }

  #pass(happen: () => void, fact?: TransportFact): void {
    if (this.state === 'closed') return
    if (this.phone.behaviour.hang) this.#held.push({ happen, ...(fact && { fact }) })
    else happen()
  }
}

/** The answer where the session is not ready for what it was asked. */
export function notConnected(state: SessionState): Outcome {
  return failed('not-connected', state === 'pairing' ? 'the account is not linked yet' : 'the page is not connected')
}
