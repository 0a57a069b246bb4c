import { isThenable } from './deadline.ts'
import { blame, messageOf, type WaqtorError } from './errors.ts'
import { newId } from './ids.ts'
import { createTokenRegistry } from './registry.ts'
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

export type Bus = ReturnType<typeof createBus>

/** The bus: listeners run isolated from each other, each in the order of the events. */
export function createBus(failed: (error: WaqtorError) => void) {
  const tokens = createTokenRegistry<EventToken>('event')
  const topics = new Map<string, readonly Listener[]>()
  let listeningToAny: readonly ListenAny[] = []

  const fail = (owner: string, event: string, cause: unknown) => {
    const message = `plugin '${owner}' failed while it handled '${event}': ${messageOf(cause)}`
    failed(blame(owner, 'event')('WAQ_LISTENER_FAILED', message, cause))
  }
  const follow = (listener: Listener, event: string, work: PromiseLike<unknown>) => {
    const tail: Promise<void> = Promise.resolve(work)
      .catch((cause) => fail(listener.owner, event, cause))
      .then(() => {
        if (listener.tail === tail) listener.tail = undefined
      })
    listener.tail = tail
  }
  const dispatch = (listeners: readonly Listener[], event: EventToken, envelope: Envelope) => {
    const data = envelope.data as never
    for (let i = 0; i < listeners.length; i++) {
      const listener = listeners[i]!
      try {
        const { tail } = listener
        const result = tail ? tail.then(() => listener.fn(data, envelope)) : listener.fn(data, envelope)
        if (result !== undefined && isThenable(result)) follow(listener, event.id, result)
      } catch (cause) {
        fail(listener.owner, event.id, cause)
      }
    }
  }
  const heard = (id: string) => listeningToAny.length > 0 || topics.has(id)
  const deliver = (event: EventToken, envelope: Envelope) => {
    const listeners = topics.get(event.id)
    if (listeners) dispatch(listeners, event, envelope)
    for (const listener of listeningToAny) {
      try {
        listener(event, envelope)
      } catch (cause) {
        fail('*', event.id, cause)
      }
    }
  }

  return {
    tokens,
    list: tokens.list,
    get: tokens.get,
    heard,
    deliver,
    /** Listeners by event, for the inspection of leaks. */
    counts(): Record<string, number> {
      const counts = Object.fromEntries([...topics].map(([id, listeners]) => [id, listeners.length]))
      return listeningToAny.length > 0 ? { ...counts, '*': listeningToAny.length } : counts
    },
    on(owner: string, event: EventToken, fn: Listen): () => void {
      const listener: Listener = { owner, fn, tail: undefined }
      topics.set(event.id, [...(topics.get(event.id) ?? []), listener])
      return () => {
        const left = (topics.get(event.id) ?? []).filter((it) => it !== listener)
        if (left.length > 0) topics.set(event.id, left)
        else topics.delete(event.id)
      }
    },
    onAny(listener: ListenAny): () => void {
      listeningToAny = [...listeningToAny, listener]
      return () => {
        listeningToAny = listeningToAny.filter((it) => it !== listener)
      }
    },
    /** Builds the envelope of a transient event and delivers it; costs nothing when nobody listens. */
    emit(owner: string, event: EventToken, data: unknown, instance: string | null): void {
      if (!heard(event.id)) return
      const parsed = event.schema.safeParse(data)
      if (!parsed.success) {
        const message = `event '${event.id}' was emitted with wrong data: ${parsed.error.message}`
        throw blame(owner, 'event')('WAQ_EVENT_INVALID', message)
      }
      const time = new Date().toISOString()
      deliver(event, { id: newId('evt'), type: event.id, instance, time, data: parsed.data })
    },
  }
}
