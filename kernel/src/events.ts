import { z } from 'zod'
import { isThenable, tooLate, withDeadline } from './deadline.ts'
import { failure, WaqtorError } from './errors.ts'
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
  /** One object for all listeners: look at it, do not change it. */
  readonly data: T
}

/** What the kernel shows of its event bus. */
export interface EventBus {
  /** Every event that some plugin declares or listens to, sorted by id. */
  list(): readonly EventToken[]
  get(id: string): EventToken | undefined
  /** True when somebody would hear the event: no need to build an envelope otherwise. */
  heard(id: string): boolean
  /** Hears every event; for doors and the log. Returns the undo. */
  onAny(listener: (event: EventToken, envelope: Envelope) => void): () => void
  /** Delivers an envelope that exists already: how the event log fires what it has committed. */
  deliver(event: EventToken, envelope: Envelope): void
}

export type Listen = (data: never, envelope: Envelope<never>, event: EventToken) => unknown
export type Bus = ReturnType<typeof createBus>

interface Listener {
  readonly owner: string
  readonly fn: Listen
  /** False once it was undone: what still waits for it is dropped. */
  alive: boolean
  /** The last unfinished call of an asynchronous listener: the next one waits for it, which keeps the order. */
  tail: Promise<void> | undefined
}

const everything = '*'

/** Makes a bus. Listeners run isolated from each other, each in the order of the events. */
export function createBus(timeoutMs: number, failed: (error: WaqtorError, event: string) => void) {
  const declared = new Map<string, { readonly token: EventToken; readonly owner: string; uses: number }>()
  const listeners = new Map<string, readonly Listener[]>()
  let queue: (() => void)[] = []

  /** Remembers what an asynchronous listener does until it is done, or too late. */
  const follow = (listener: Listener, event: string, before: Promise<void> | undefined, work: () => unknown): void => {
    const { owner } = listener
    const late = () => tooLate(`plugin '${owner}' handling '${event}'`, timeoutMs, owner, 'event')
    const run = () => withDeadline(work(), timeoutMs, late)
    const tail: Promise<void> = Promise.resolve(before ? before.then(() => listener.alive && run()) : run())
      .catch((thrown) => fail(owner, event, thrown))
      .then(() => {
        if (listener.tail === tail) listener.tail = undefined
      })
    listener.tail = tail
  }
  const fail = (owner: string, event: string, thrown: unknown): void => {
    failed(
      failure(thrown, 'WAQ_LISTENER_FAILED', `plugin '${owner}' handling '${event}' failed`, owner, 'event'),
      event,
    )
  }

  const bus = {
    list: (): readonly EventToken[] =>
      [...declared.values()].map((it) => it.token).sort((a, b) => (a.id < b.id ? -1 : 1)),
    get: (id: string): EventToken | undefined => declared.get(id)?.token,
    heard: (id: string): boolean => listeners.has(id) || listeners.has(everything),
    /** How many listeners each event has, for the inspection of leaks. */
    counts: () => Object.fromEntries([...listeners].map(([id, { length }]) => [id, length])),

    /** Makes an event known; counted by use, since one plugin emits it and ten listen. Two definitions of one id are refused. */
    declare(owner: string, token: EventToken): () => void {
      const { id } = token
      const known = declared.get(id) ?? { token, owner, uses: 0 }
      if (known.token !== token && fingerprint(known.token) !== fingerprint(token)) {
        const message = `event '${id}' is defined differently by plugin '${known.owner}'`
        throw new WaqtorError('WAQ_TOKEN_CONFLICT', message, { plugin: owner, phase: 'setup' })
      }
      known.uses++
      declared.set(id, known)
      return () => {
        if (--known.uses === 0) declared.delete(id)
      }
    },

    on(owner: string, event: string, fn: Listen): () => void {
      const listener: Listener = { owner, fn, alive: true, tail: undefined }
      listeners.set(event, [...(listeners.get(event) ?? []), listener])
      return () => {
        listener.alive = false
        const others = listeners.get(event)?.filter((it) => it.alive) ?? []
        if (others.length > 0) listeners.set(event, others)
        else listeners.delete(event)
      }
    },
    onAny: (listener: Parameters<EventBus['onAny']>[0]) =>
      bus.on(everything, everything, (_, envelope, event) => listener(event, envelope)),

    /** Builds the envelope of a transient event and delivers it; costs nothing when nobody listens. */
    emit(owner: string, event: EventToken, data: unknown, instance: string | null): void {
      if (!bus.heard(event.id)) return
      const parsed = event.schema.safeParse(data)
      const wrong = parsed.error?.message ?? (event.scope === 'instance' && instance === null && 'it names no instance')
      if (wrong) {
        const message = `event '${event.id}' was emitted with wrong data: ${wrong}`
        throw new WaqtorError('WAQ_EVENT_INVALID', message, { plugin: owner, phase: 'event' })
      }
      const time = new Date().toISOString()
      bus.deliver(event, { id: newId('evt'), type: event.id, instance, time, data: parsed.data })
    },

    deliver(event: EventToken, envelope: Envelope): void {
      // What a listener emits waits for its turn, so that all listeners see all events in one order.
      if (queue.push(() => bus.send(event, envelope)) > 1) return
      try {
        for (const send of queue) send()
      } finally {
        queue = []
      }
    },
    send(event: EventToken, envelope: Envelope): void {
      for (const id of [event.id, everything]) bus.dispatch(listeners.get(id) ?? [], event, envelope)
    },

    /** The loop itself. Apart for the benchmark, which measures it without the envelope. */
    dispatch(those: readonly Listener[], event: EventToken, envelope: Envelope): void {
      for (let i = 0; i < those.length; i++) {
        const listener = those[i]!
        if (!listener.alive) continue
        if (listener.tail) {
          follow(listener, event.id, listener.tail, () => listener.fn(envelope.data as never, envelope as never, event))
          continue
        }
        try {
          const result = listener.fn(envelope.data as never, envelope as never, event)
          if (result !== undefined && isThenable(result)) follow(listener, event.id, undefined, () => result)
        } catch (thrown) {
          fail(listener.owner, event.id, thrown)
        }
      }
    },
  }
  return bus
}

function fingerprint({ permission, scope, kind, schema }: EventToken): string {
  return JSON.stringify([permission, scope, kind, z.toJSONSchema(schema, { unrepresentable: 'any' })])
}
