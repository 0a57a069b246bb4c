import type { OutboxQueue } from '@waqtor/contracts'
import { ErrorWindow } from './error-window.ts'

/** A queue as the dispatcher keeps it in memory; the table has the truth about `open`. */
export interface QueueState {
  settings: OutboxQueue
  /** Nothing was left at the last claim, and nothing was added since. */
  drained: boolean
  /** No send begins before this moment (milliseconds on the monotonic clock). */
  notBefore: number
  /** Nothing is claimed before this moment: the transport has said that it can do nothing. */
  restsUntil: number
  errors: ErrorWindow
}

/** The queues of one instance. Direct sends go first, the others take turns. */
export class QueueBook {
  readonly #queues = new Map<string, QueueState>()
  #turn = 0

  /** Takes over what was committed about a queue. A queue that opens starts with a clean record. */
  put(settings: OutboxQueue): void {
    const known = this.#queues.get(settings.id)
    if (!known)
      this.#queues.set(settings.id, {
        settings,
        drained: false,
        notBefore: 0,
        restsUntil: 0,
        errors: new ErrorWindow(),
      })
    else {
      if (settings.open && !known.settings.open) known.errors = new ErrorWindow()
      known.settings = settings
      known.drained = false
    }
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

  /** Nothing of this queue is even made ready before `moment`. */
  rest(id: string, moment: number): void {
    const known = this.#queues.get(id)
    if (known) known.restsUntil = known.notBefore = moment
  }

  /** A new connection: nobody needs to wait for the old one. */
  resetWaits(): void {
    for (const it of this.#queues.values()) it.notBefore = it.restsUntil = 0
  }

  /** What the last claim of a queue found. */
  drained(id: string, is: boolean): void {
    const known = this.#queues.get(id)
    if (known) known.drained = is
  }

  /** There may be something to claim again. */
  refill(id: string): void {
    const known = this.#queues.get(id)
    if (known) known.drained = false
  }

  ids(): readonly string[] {
    return [...this.#queues.keys()]
  }

  /** Open queues in the order in which they may take this turn: direct first, then round-robin. */
  inTurn(): readonly QueueState[] {
    const open = [...this.#queues.values()].filter((it) => it.settings.open)
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

/** Name of the queue for messages that somebody waits for. */
export const directQueue = 'direct'
