import type { OutboxQueue } from '@waqtor/contracts'
import { ErrorWindow } from './error-window.ts'

/** A queue as the dispatcher keeps it in memory; the table has the truth about `open`. */
export interface QueueState {
  settings: OutboxQueue
  /** Rows up to this id have been claimed, but for those that came back. */
  claimedUpTo: number
  /** How often rows came back: a claim that was made before the last time knows nothing of them. */
  rewinds: number
  /** How many rows to look at when claiming; grows while the gates turn them away. */
  reach: number
  /** Nothing was left at the last claim, and nothing was added since. */
  drained: boolean
  /** No send begins before this moment (milliseconds on the monotonic clock). */
  notBefore: number
  /** Nothing is claimed before this moment: whoever was asked has said that nothing can be done until then. */
  restsUntil: number
  /** When the next row that waits for its own moment is due, milliseconds since 1970 (UTC); `undefined`: not looked up yet. */
  nextDue: number | null | undefined
  errors: ErrorWindow
}

/** The queues of one instance. Direct sends go first, the others take turns. */
export class QueueBook {
  readonly #queues = new Map<string, QueueState>()
  #turn = 0

  /** Takes over what was committed about a queue. A queue that opens starts with a clean record. */
  put(settings: OutboxQueue): void {
    const known = this.#queues.get(settings.id)
    if (!known) {
      this.#queues.set(settings.id, {
        settings,
        claimedUpTo: 0,
        rewinds: 0,
        reach: 0,
        drained: false,
        notBefore: 0,
        restsUntil: 0,
        nextDue: undefined,
        errors: new ErrorWindow(),
      })
      return
    }
    if (settings.open && !known.settings.open) {
      known.errors = new ErrorWindow()
      known.restsUntil = known.notBefore = 0
    }
    known.settings = settings
    rewind(known)
  }

  setOpen(id: string, open: boolean): void {
    const known = this.#queues.get(id)
    if (known) this.put({ ...known.settings, open })
  }

  forget(id: string): void {
    this.#queues.delete(id)
  }

  get(id: string): QueueState | undefined {
    return this.#queues.get(id)
  }

  /** No send of this queue begins before `moment`, on the monotonic clock. */
  holdOff(id: string, moment: number): void {
    const known = this.#queues.get(id)
    if (known) known.notBefore = moment
  }

  /** Nothing of this queue is even made ready before `moment`, on the monotonic clock. */
  rest(id: string, moment: number): void {
    const known = this.#queues.get(id)
    if (known) known.restsUntil = known.notBefore = moment
  }

  /** A new connection: nobody needs to wait for the old one. */
  resetWaits(): void {
    for (const it of this.#queues.values()) it.notBefore = it.restsUntil = 0
  }

  /** Rows were added behind all others. */
  refill(id: string): void {
    const known = this.#queues.get(id)
    if (known) known.drained = false
  }

  /** Rows came back to be claimed again, anywhere. */
  rewind(id: string): void {
    const known = this.#queues.get(id)
    if (known) rewind(known)
  }

  ids(): readonly string[] {
    return [...this.#queues.keys()]
  }

  /** Open queues in the order in which they may take this turn: direct first, then round-robin. */
  inTurn(): readonly QueueState[] {
    const open = [...this.#queues.values()].filter((it) => it.settings.open)
    if (open.length < 2) return open
    const direct = open.filter((it) => it.settings.id === directQueue)
    const others = open.filter((it) => it.settings.id !== directQueue)
    const start = others.length > 0 ? this.#turn++ % others.length : 0
    return [...direct, ...others.slice(start), ...others.slice(0, start)]
  }

  /** Sends that may be under way at once: what the most generous open queue allows. */
  capacity(limit: number): number {
    let most = 1
    for (const { settings } of this.#queues.values()) if (settings.open) most = Math.max(most, settings.inFlight)
    return Math.min(limit, most)
  }
}

function rewind(state: QueueState): void {
  state.claimedUpTo = 0
  state.rewinds++
  state.drained = false
}

/** The pause before the next send of a queue, milliseconds: drawn anew each time where a range is given. */
export function drawGap({ gapMs, gapMaxMs = gapMs }: OutboxQueue, random = Math.random): number {
  return gapMaxMs > gapMs ? gapMs + random() * (gapMaxMs - gapMs) : gapMs
}

/** Name of the queue for messages that somebody waits for. */
export const directQueue = 'direct'
