import { z } from 'zod'
import { inTime, isThenable } from './deadline.ts'
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

export type Bus = ReturnType<typeof createBus>
/** What the kernel shows of its event bus. */
export type EventBus = Pick<Bus, 'list' | 'get' | 'heard' | 'onAny' | 'deliver'>

type Listen = (data: never, envelope: Envelope<never>, event: EventToken) => unknown

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
  /** One for each use: one plugin emits an event and ten listen. */
  const declared = new Set<{ readonly token: EventToken; readonly owner: string }>()
  const listeners = new Map<string, readonly Listener[]>()
  /** What came in while something is being delivered. */
  let waiting: [event: EventToken, envelope: Envelope][] | undefined

  const heard = (id: string): boolean => listeners.has(everything) || listeners.has(id)
  const tokens = () => new Map([...declared].map(({ token }) => [token.id, token]))
  const fail = (owner: string, event: string, thrown: unknown) => {
    const doing = `plugin '${owner}' failed while it handled '${event}'`
    failed(failure(thrown, 'WAQ_LISTENER_FAILED', doing, owner, 'event'), event)
  }
  /** Remembers what an asynchronous listener does until it is done, or too late. */
  const follow = (listener: Listener, event: string, work: () => unknown) => {
    const { owner, tail: before } = listener
    const run = () => inTime(work(), timeoutMs, `plugin '${owner}' handling '${event}'`, owner, 'event')
    const tail: Promise<void> = Promise.resolve(before ? before.then(() => listener.alive && run()) : run())
      .catch((thrown) => fail(owner, event, thrown))
      .then(() => {
        if (listener.tail === tail) listener.tail = undefined
      })
    listener.tail = tail
  }
  const dispatch = (those: readonly Listener[], event: EventToken, envelope: Envelope) => {
    for (const listener of those) {
      const { owner, fn, alive, tail } = listener
      if (!alive) continue
      try {
        if (tail) follow(listener, event.id, () => fn(envelope.data as never, envelope as never, event))
        else {
          const work = fn(envelope.data as never, envelope as never, event)
          if (isThenable(work)) follow(listener, event.id, () => work)
        }
      } catch (thrown) {
        fail(owner, event.id, thrown)
      }
    }
  }
  const send = (event: EventToken, envelope: Envelope) => {
    dispatch(listeners.get(event.id) ?? [], event, envelope)
    dispatch(listeners.get(everything) ?? [], event, envelope)
  }
  const deliver = (event: EventToken, envelope: Envelope): void => {
    // What a listener emits waits for its turn, so that all listeners see all events in one order.
    if (waiting) return void waiting.push([event, envelope])
    waiting = []
    try {
      send(event, envelope)
      for (const next of waiting) send(...next)
    } finally {
      waiting = undefined
    }
  }
  const on = (owner: string, event: string, fn: Listen): (() => void) => {
    const listener: Listener = { owner, fn, alive: true, tail: undefined }
    listeners.set(event, [...(listeners.get(event) ?? []), listener])
    return () => {
      listener.alive = false
      const others = (listeners.get(event) ?? []).filter((it) => it.alive)
      if (others.length > 0) listeners.set(event, others)
      else listeners.delete(event)
    }
  }

  return {
    /** True when somebody would hear the event: no need to build an envelope otherwise. */
    heard,
    /** Delivers an envelope that exists already: how the event log fires what it has committed. */
    deliver,
    on,
    /** Hears every event; for doors and the log. Returns the undo. */
    onAny: (fn: (event: EventToken, envelope: Envelope) => void) =>
      on(everything, everything, (_, envelope, event) => fn(event, envelope)),
    get: (id: string) => tokens().get(id),
    /** Every event that some plugin declares or listens to, sorted by id. */
    list: (): readonly EventToken[] => [...tokens().values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    /** How many listeners each event has, for the inspection of leaks. */
    counts: () => Object.fromEntries([...listeners].map(([id, { length }]) => [id, length])),
    /** Makes an event known. Two definitions of one id are refused. */
    declare(owner: string, token: EventToken): () => void {
      const known = [...declared].find((it) => it.token.id === token.id)
      if (known && known.token !== token && fingerprint(known.token) !== fingerprint(token)) {
        const message = `event '${token.id}' is defined differently by plugin '${known.owner}'`
        throw new WaqtorError('WAQ_TOKEN_CONFLICT', message, { plugin: owner, phase: 'setup' })
      }
      const use = { token, owner }
      declared.add(use)
      return () => declared.delete(use)
    },
    /** Builds the envelope of a transient event and delivers it; costs nothing when nobody listens. */
    emit(owner: string, event: EventToken, data: unknown, instance: string | null): void {
      if (!heard(event.id)) return
      const parsed = event.schema.safeParse(data)
      const wrong = parsed.error?.message ?? (event.scope === 'instance' && instance === null && 'it names no instance')
      if (wrong) {
        const message = `event '${event.id}' was emitted with wrong data: ${wrong}`
        throw new WaqtorError('WAQ_EVENT_INVALID', message, { plugin: owner, phase: 'event' })
      }
      const time = new Date().toISOString()
      deliver(event, { id: newId('evt'), type: event.id, instance, time, data: parsed.data })
    },
  }
}

function fingerprint({ permission, scope, kind, schema }: EventToken): string {
  return JSON.stringify([permission, scope, kind, z.toJSONSchema(schema, { unrepresentable: 'any' })])
}
