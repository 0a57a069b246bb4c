import { isThenable } from './deadline.ts'
import { messageOf, WaqtorError } from './errors.ts'
import { newId } from './ids.ts'
import type { EventToken } from './tokens.ts'

/** An event as everybody sees it. */
export interface Envelope<T = unknown> {
  /** `evt_<ulid>` */
  readonly id: string
  readonly type: string
  /** The account, or `null` for events of the host. */
  readonly instance: string | null
  /** ISO 8601, UTC. */
  readonly time: string
  /** Place in the log; absent on transient events. */
  readonly sequence?: number
  readonly data: T
}

type Listen = (data: never, envelope: Envelope) => unknown
type ListenAny = (event: EventToken, envelope: Envelope) => void

/** What the kernel shows of its event bus. */
export interface EventBus {
  /** Every event that some plugin declares or listens to, sorted by id. */
  list(): readonly EventToken[]
  get(id: string): EventToken | undefined
  /** True when somebody would hear the event: no need to build an envelope otherwise. */
  heard(id: string): boolean
  /** Hears every event; for doors and the log. Returns the undo. */
  onAny(listener: ListenAny): () => void
  /** Delivers an envelope that exists already: how the event log fires what it has committed. */
  deliver(event: EventToken, envelope: Envelope): void
}

interface Listener {
  readonly owner: string
  readonly fn: Listen
  /** The last unfinished call of an asynchronous listener: the next one waits for it, which keeps the order. */
  tail: Promise<void> | undefined
}

interface Topic {
  listeners: readonly Listener[]
}

export type ListenerFailure = (error: WaqtorError) => void

/** The bus: listeners run isolated from each other, each in the order of the events. */
export class Bus implements EventBus {
  readonly #tokens: { list(): readonly EventToken[]; get(id: string): EventToken | undefined }
  readonly #failed: ListenerFailure
  readonly #topics = new Map<string, Topic>()
  #any: readonly ListenAny[] = []

  constructor(
    tokens: { list(): readonly EventToken[]; get(id: string): EventToken | undefined },
    failed: ListenerFailure,
  ) {
    this.#tokens = tokens
    this.#failed = failed
  }

  list(): readonly EventToken[] {
    return this.#tokens.list()
  }

  get(id: string): EventToken | undefined {
    return this.#tokens.get(id)
  }

  /** How many listeners each event has, for the inspection of leaks. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [id, topic] of this.#topics) if (topic.listeners.length > 0) counts[id] = topic.listeners.length
    if (this.#any.length > 0) counts['*'] = this.#any.length
    return counts
  }

  heard(id: string): boolean {
    return this.#any.length > 0 || this.#topics.has(id)
  }

  on(owner: string, event: EventToken, fn: Listen): () => void {
    const listener: Listener = { owner, fn, tail: undefined }
    const topic = this.#topics.get(event.id) ?? { listeners: [] }
    this.#topics.set(event.id, topic)
    topic.listeners = [...topic.listeners, listener]
    return () => {
      topic.listeners = topic.listeners.filter((it) => it !== listener)
      if (topic.listeners.length === 0) this.#topics.delete(event.id)
    }
  }

  onAny(listener: ListenAny): () => void {
    this.#any = [...this.#any, listener]
    return () => {
      this.#any = this.#any.filter((it) => it !== listener)
    }
  }

  /** Builds the envelope of a transient event and delivers it; costs nothing when nobody listens. */
  emit(owner: string, event: EventToken, data: unknown, instance: string | null): void {
    if (!this.heard(event.id)) return
    const parsed = event.schema.safeParse(data)
    if (!parsed.success) {
      throw new WaqtorError(
        'WAQ_EVENT_INVALID',
        `event '${event.id}' was emitted with wrong data: ${parsed.error.message}`,
        { plugin: owner, phase: 'event' },
      )
    }
    this.deliver(event, {
      id: newId('evt'),
      type: event.id,
      instance,
      time: new Date().toISOString(),
      data: parsed.data,
    })
  }

  deliver(event: EventToken, envelope: Envelope): void {
    const topic = this.#topics.get(event.id)
    if (topic) this.dispatch(topic.listeners, event, envelope)
    for (const listener of this.#any) {
      try {
        listener(event, envelope)
      } catch (cause) {
        this.#fail('*', event.id, cause)
      }
    }
  }

  /** The loop itself. Public for the benchmark, which measures it without the envelope. */
  dispatch(listeners: readonly Listener[], event: EventToken, envelope: Envelope): void {
    const data = envelope.data as never
    for (let i = 0; i < listeners.length; i++) {
      const listener = listeners[i]!
      if (listener.tail) {
        this.#follow(
          listener,
          event.id,
          listener.tail.then(() => listener.fn(data, envelope)),
        )
        continue
      }
      try {
        const result = listener.fn(data, envelope)
        if (result !== undefined && isThenable(result)) this.#follow(listener, event.id, result)
      } catch (cause) {
        this.#fail(listener.owner, event.id, cause)
      }
    }
  }

  #follow(listener: Listener, event: string, work: PromiseLike<unknown>): void {
    const tail: Promise<void> = Promise.resolve(work)
      .then(
        () => {},
        (cause) => this.#fail(listener.owner, event, cause),
      )
      .then(() => {
        if (listener.tail === tail) listener.tail = undefined
      })
    listener.tail = tail
  }

  #fail(owner: string, event: string, cause: unknown): void {
    this.#failed(
      new WaqtorError(
        'WAQ_LISTENER_FAILED',
        `plugin '${owner}' failed while it handled '${event}': ${messageOf(cause)}`,
        { plugin: owner, phase: 'event', cause },
      ),
    )
  }
}
