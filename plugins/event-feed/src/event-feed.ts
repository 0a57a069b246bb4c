import type { EventLog } from '@waqtor/contracts'
import { type Call, type Envelope, type KernelView, WaqtorError } from '@waqtor/kernel'

const PAGE = 200
/** A client that lets this much pile up does not read any more. */
const MOST_WAITING = 1_000_000

export interface EventFeedOptions<F> {
  readonly kernel: Pick<KernelView, 'events' | 'authorize'>
  readonly log: Pick<EventLog, 'page'>
  readonly call: Partial<Call>
  /** The account, or null for the host's own events. */
  readonly instance: string | null
  /** All that the caller may see when absent. */
  readonly types: ReadonlySet<string> | undefined
  /** Where the client left off; absent to begin with what happens now. */
  readonly after: string | undefined
  /** Asked before the first event of a type is handed out; false leaves it out, and asks again with the next. */
  readonly discloses: (type: string, call: Partial<Call>) => Promise<boolean>
  /** What is sent of an event from the log. */
  readonly frameOf: (envelope: Envelope) => F
}

interface Waiting<F> {
  readonly envelope: Envelope
  readonly frame: F
}

/**
 * One client's events of one log: first what it missed, from the log, then what happens, from the bus, with nothing left
 * out and nothing twice where the two meet. Whoever sends takes as much as the client reads.
 */
export class EventFeed<F> {
  readonly #options: EventFeedOptions<F>
  #call: Partial<Call>
  /** What the gate said, by type of event. */
  readonly #decided = new Map<string, boolean>()
  /**
   * `missed` reads the log while the bus is not listened to. `closing` listens, and reads once more what came in between.
   */
  #phase: 'missed' | 'closing' | 'live' | 'ended'
  #after: string | undefined
  /** The last sequence that was handed out. */
  #last = 0
  #waiting: Waiting<F>[] = []
  #size = 0
  /** Set while somebody waits for something to send. */
  #wake: (() => void) | undefined

  constructor(options: EventFeedOptions<F>) {
    this.#options = options
    this.#call = options.call
    this.#after = options.after
    this.#phase = options.after === undefined ? 'live' : 'missed'
  }

  /**
   * Takes an event from the bus.
   * @param size in bytes, roughly
   * @returns false when too much waits: the client does not read
   */
  push(envelope: Envelope, frame: F, size: number): boolean {
    if (this.#phase !== 'closing' && this.#phase !== 'live') return true
    if (!this.#concerns(envelope) || this.#decided.get(envelope.type) === false) return true
    this.#waiting.push({ envelope, frame })
    this.#size += size
    this.wake()
    return this.#size <= MOST_WAITING
  }

  /** True when the caller is to send the event at once: nothing comes before it, and it is known to be allowed. */
  takesNow(envelope: Envelope): boolean {
    if (this.#phase !== 'live' || !this.#wake || this.#waiting.length > 0) return false
    if (!this.#concerns(envelope) || this.#decided.get(envelope.type) !== true) return false
    return this.#advance(envelope)
  }

  /**
   * What to send next; waits until there is something. Nothing at the end; empty when it was woken for another reason.
   * @throws WaqtorError WAQ_ABORTED when the gate cannot tell just now: the client shall come back for the rest
   */
  async next(): Promise<readonly F[] | undefined> {
    if (this.#phase === 'ended') return undefined
    if (this.#phase !== 'live') return this.#logged()
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const waiting = this.#waiting
    this.#waiting = []
    this.#size = 0
    return this.#ended() ? undefined : this.#allowed(waiting)
  }

  /** Has `next` answer. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** Asks the gate anew from now on, for this caller. */
  reconsider(call: Partial<Call> = this.#call): void {
    this.#call = call
    this.#decided.clear()
  }

  end(): void {
    this.#phase = 'ended'
    this.#waiting = []
    this.wake()
  }

  #ended(): boolean {
    return this.#phase === 'ended'
  }

  #concerns({ instance, type }: Envelope): boolean {
    const { instance: wanted, types } = this.#options
    return instance === wanted && (!types || types.has(type))
  }

  /** A page of the log. At its end the next phase begins, with no event between the two. */
  async #logged(): Promise<readonly F[]> {
    const { log, instance, frameOf } = this.#options
    const types = this.#options.types && [...this.#options.types]
    const page = await log.page({ instance, limit: PAGE, ...(types && { types }), after: this.#after! })
    this.#after = page.nextCursor
    if (!page.more && this.#phase === 'missed') this.#phase = 'closing'
    else if (!page.more && this.#phase === 'closing') this.#phase = 'live'
    return this.#allowed(page.items.map((envelope) => ({ envelope, frame: frameOf(envelope) })))
  }

  /** Those that the caller may see, and has not seen yet. */
  async #allowed(candidates: readonly Waiting<F>[]): Promise<readonly F[]> {
    const frames: F[] = []
    for (const { envelope, frame } of candidates) {
      const { type } = envelope
      if (!(this.#decided.get(type) ?? (await this.#decide(type)))) continue
      if (this.#advance(envelope)) frames.push(frame)
    }
    return frames
  }

  /** False for an event that was handed out before. */
  #advance({ sequence }: Envelope): boolean {
    if (sequence === undefined) return true
    if (sequence <= this.#last) return false
    this.#last = sequence
    return true
  }

  async #decide(type: string): Promise<boolean> {
    const { kernel, instance, discloses } = this.#options
    const call = this.#call
    const event = kernel.events.get(type)
    const denial = event && (await kernel.authorize(event, call, instance))
    // The gate cannot tell just now. Who comes back later gets the event then; leaving it out would lose it.
    if (denial?.status === 503) throw new WaqtorError('WAQ_ABORTED', denial.reason)
    const allowed = event !== undefined && denial === undefined
    if (allowed && !(await discloses(type, call))) return false
    // An answer about who the caller was before is not kept.
    if (call === this.#call) this.#decided.set(type, allowed)
    return allowed
  }
}
