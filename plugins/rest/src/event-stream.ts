import type { EventLog } from '@waqtor/contracts'
import { type Call, type Envelope, type KernelView, type Principal, WaqtorError } from '@waqtor/kernel'

/** A client that lets this much pile up does not read any more. */
const MOST_WAITING = 1_000_000
const PAGE = 200

export interface EventStreamOptions {
  readonly kernel: KernelView
  readonly log: EventLog
  readonly call: Partial<Call>
  /** The account, or null for the host's own events. */
  readonly instance: string | null
  /** All that the caller may see when absent. */
  readonly types: ReadonlySet<string> | undefined
  /** Where the client left off; absent to begin with what happens now. */
  readonly after: string | undefined
  /** Called once, when nothing more will be sent. */
  readonly ended: () => void
}

interface Waiting {
  readonly envelope: Envelope
  readonly frame: string
}

/**
 * One client's stream of one log: first what it missed, from the log, then what happens, from the bus. Frames are made as
 * the client reads; one that stops reading is cut off when too much waits for it.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #options: EventStreamOptions
  #principal: Principal | null
  #decided = new Map<string, boolean>()
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /**
   * `missed` reads the log while the bus is not listened to. `closing` listens, and reads once more what came in between.
   */
  #phase: 'missed' | 'closing' | 'live' | 'ended'
  #after: string | undefined
  /** The last sequence that was sent. */
  #last = 0
  #waiting: Waiting[] = []
  #size = 0
  #beat = true
  #wake = () => {}

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#principal = options.call.principal ?? null
    this.#after = options.after
    this.#phase = options.after === undefined ? 'live' : 'missed'
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: async (controller) => {
          const text = await this.#next().catch((error: unknown) => {
            this.#end()
            throw error
          })
          if (text === undefined) controller.close()
          else controller.enqueue(Buffer.from(text))
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Takes an event from the bus. */
  push(envelope: Envelope, frame: string): void {
    const { instance, types } = this.#options
    if (this.#phase !== 'closing' && this.#phase !== 'live') return
    if (envelope.instance !== instance || (types && !types.has(envelope.type))) return
    if (this.#decided.get(envelope.type) === false) return
    this.#waiting.push({ envelope, frame })
    this.#size += frame.length
    if (this.#size > MOST_WAITING) this.cut(new WaqtorError('WAQ_ABORTED', 'the client does not read what is sent'))
    else this.#wake()
  }

  /** What the caller may see, or who the caller is, has changed: asks the gate anew from now on. */
  reconsider(principal: Principal | null = this.#principal): void {
    this.#principal = principal
    // Another map, so that an answer which is on its way counts no more.
    this.#decided = new Map()
  }

  /** Sends a sign of life. */
  beat(): void {
    this.#beat = true
    this.#wake()
  }

  /** Ends the stream in good order. */
  close(): void {
    this.#end()
  }

  /** Ends the connection now, whatever is still on its way. */
  cut(reason: WaqtorError): void {
    if (this.#phase === 'ended') return
    this.#controller?.error(reason)
    this.#end()
  }

  #end(): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    this.#waiting = []
    this.#wake()
    this.#options.ended()
  }

  /** The next piece of text; nothing at the end. */
  async #next(): Promise<string | undefined> {
    while (this.#phase !== 'ended') {
      if (this.#beat) {
        this.#beat = false
        return ':\n\n'
      }
      const text = this.#phase === 'live' ? await this.#live() : await this.#logged()
      if (text !== '') return text
      if (this.#phase === 'live' && this.#waiting.length === 0 && !this.#beat) await this.#woken()
    }
    return undefined
  }

  /** A page of the log. At its end the next phase begins, with no event between the two. */
  async #logged(): Promise<string> {
    const { log, instance } = this.#options
    const types = this.#options.types && [...this.#options.types]
    const page = await log.page({ instance, limit: PAGE, ...(types && { types }), after: this.#after! })
    this.#after = page.nextCursor
    if (!page.more && this.#phase === 'missed') this.#phase = 'closing'
    else if (!page.more && this.#phase === 'closing') this.#phase = 'live'
    return this.#allowed(page.items.map((envelope) => ({ envelope, frame: frameOf(envelope) })))
  }

  #live(): Promise<string> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#size = 0
    return this.#allowed(waiting)
  }

  /** The frames that the caller may see, and has not seen yet. */
  async #allowed(candidates: readonly Waiting[]): Promise<string> {
    let text = ''
    for (const { envelope, frame } of candidates) {
      const { sequence, type } = envelope
      if (sequence !== undefined && sequence <= this.#last) continue
      if (!(this.#decided.get(type) ?? (await this.#decide(type)))) continue
      if (sequence !== undefined) this.#last = sequence
      text += frame
    }
    return text
  }

  async #decide(type: string): Promise<boolean> {
    const { kernel, call, instance } = this.#options
    const decided = this.#decided
    const event = kernel.events.get(type)
    const denial = event && (await kernel.authorize(event, { ...call, principal: this.#principal }, instance))
    // The gate cannot tell just now. Who comes back later gets the event then; leaving it out would lose it.
    if (denial?.status === 503) throw new WaqtorError('WAQ_ABORTED', denial.reason)
    const allowed = event !== undefined && denial === undefined
    decided.set(type, allowed)
    return allowed
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** An event as it goes over the wire. Transient ones have no `id`, so a client's place in the log stays where it was. */
export function frameOf(envelope: Envelope): string {
  const id = envelope.sequence === undefined ? '' : `id: ${envelope.sequence}\n`
  return `${id}event: ${envelope.type}\ndata: ${JSON.stringify(envelope)}\n\n`
}
