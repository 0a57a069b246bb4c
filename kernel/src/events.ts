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
const call = ({ fn }: Listener, event: EventToken, it: Envelope) => fn(it.data as never, it as Envelope<never>, event)

interface Listener {
  readonly owner: string
  /** The id of what it listens to. */
  readonly event: string
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
  let listeners: readonly Listener[] = []
  /** Who hears an event: those that listen to it, then those that hear everything. Found out once after each change. */
  const hearers = new Map<string, readonly Listener[]>()
  let delivering = false
  /** What came in while something is being delivered. */
  const waiting: [event: EventToken, envelope: Envelope][] = []

  const those = (id: string) => listeners.filter((it) => it.event === id)
  const hearersOf = (id: string) => hearers.get(id) ?? hearers.set(id, [...those(id), ...those(everything)]).get(id)!
  const tokens = () => new Map([...declared].map(({ token }) => [token.id, token]))
  const fail = (owner: string, event: string, thrown: unknown) => {
    const doing = `plugin '${owner}' failed while it handled '${event}'`
    failed(failure(thrown, 'WAQ_LISTENER_FAILED', doing, owner, 'event'), event)
  }
  /** Remembers what an asynchronous listener does until it is done, or too late. */
  const follow = (listener: Listener, event: EventToken, envelope: Envelope, work: unknown) => {
    const { owner, tail: before } = listener
    const limited = (it: unknown) => inTime(it, timeoutMs, `plugin '${owner}' handling '${event.id}'`, owner, 'event')
    const later = () => listener.alive && limited(call(listener, event, envelope))
    const tail: Promise<void> = Promise.resolve(before ? before.then(later) : limited(work))
      .catch((thrown) => fail(owner, event.id, thrown))
      .then(() => {
        if (listener.tail === tail) listener.tail = undefined
      })
    listener.tail = tail
  }
  // No function is made in this loop: one that takes its variables along would cost every listener as much as its call.
  const send = (event: EventToken, envelope: Envelope) => {
    for (const listener of hearersOf(event.id)) {
      if (!listener.alive) continue
      try {
        const work = listener.tail ? undefined : call(listener, event, envelope)
        if (listener.tail || isThenable(work)) follow(listener, event, envelope, work)
      } catch (thrown) {
        fail(listener.owner, event.id, thrown)
      }
    }
  }
  const deliver = (event: EventToken, envelope: Envelope): void => {
    // What a listener emits waits for its turn, so that all listeners see all events in one order.
    if (delivering) return void waiting.push([event, envelope])
    delivering = true
    try {
      send(event, envelope)
      while (waiting.length > 0) send(...waiting.shift()!)
    } finally {
      delivering = false
    }
  }
  const on = (owner: string, event: string, fn: Listen): (() => void) => {
    const listener: Listener = { owner, event, fn, alive: true, tail: undefined }
    listeners = [...listeners, listener]
    hearers.clear()
    return () => {
      listener.alive = false
      listeners = listeners.filter((it) => it.alive)
      hearers.clear()
    }
  }

  return {
    /** True when somebody would hear the event: no need to build an envelope otherwise. */
    heard: (id: string): boolean => hearersOf(id).length > 0,
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
    counts: () => Object.fromEntries(listeners.map(({ event }) => [event, those(event).length])),
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
      if (!this.heard(event.id)) return
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
