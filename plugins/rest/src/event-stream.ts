import type { EventLog } from '@waqtor/contracts'
import { Disclosed, EventFeed } from '@waqtor/event-feed'
import { type Call, type Envelope, type KernelView, WaqtorError } from '@waqtor/kernel'

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

/** One client's stream of one log. Frames are made as the client reads; one that stops reading is cut off. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #options: EventStreamOptions
  readonly #feed: EventFeed<string>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isOver = false
  #beat = true

  constructor(options: EventStreamOptions) {
    this.#options = options
    const disclosed = new Disclosed(options.kernel)
    this.#feed = new EventFeed({
      ...options,
      frameOf,
      discloses: (type, call) => disclosed.allows(type, call, options.instance),
    })
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: async (controller) => {
          const text = await this.#next().catch((error: unknown) => {
            this.close()
            throw error
          })
          if (text === undefined) controller.close()
          else controller.enqueue(Buffer.from(text))
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Takes an event from the bus. */
  push(envelope: Envelope, frame: string): void {
    if (!this.#feed.push(envelope, frame, frame.length))
      this.cut(new WaqtorError('WAQ_ABORTED', 'the client does not read what is sent'))
  }

  /** Asks the gate anew from now on, for who the caller is now; for whom it was told last, when nobody is named. */
  reconsider(call?: Partial<Call>): void {
    this.#feed.reconsider(call)
  }

  /** Sends a sign of life. */
  beat(): void {
    this.#beat = true
    this.#feed.wake()
  }

  /** Ends the stream in good order. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#feed.end()
    this.#options.ended()
  }

  /** Ends the connection now, whatever is still on its way. */
  cut(reason: WaqtorError): void {
    if (this.#isOver) return
    this.#controller?.error(reason)
    this.close()
  }

  /** The next piece of text; nothing at the end. */
  async #next(): Promise<string | undefined> {
    while (!this.#isOver) {
      if (this.#beat) {
        this.#beat = false
        return ':\n\n'
      }
      const frames = await this.#feed.next()
      if (frames && frames.length > 0) return frames.join('')
    }
    return undefined
  }
}

/** An event as it goes over the wire. Transient ones have no `id`, so a client's place in the log stays where it was. */
export function frameOf(envelope: Envelope): string {
  const id = envelope.sequence === undefined ? '' : `id: ${envelope.sequence}\n`
  return `${id}event: ${envelope.type}\ndata: ${JSON.stringify(envelope)}\n\n`
}
