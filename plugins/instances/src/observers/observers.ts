import type { ChatFact, InstanceObserver, Session } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { pause, type Scheduler, within } from '../scheduler.ts'
import { backOff } from '../session/back-off.ts'
import { Link } from './link.ts'

export interface ObserversOptions {
  readonly scheduler: Scheduler
  readonly log: Logger
  /** More facts of an instance wait than is good: close its connection until they are handled. */
  readonly full: (instance: string) => void
  /** How long an observer may take to let go of an instance, in milliseconds. */
  readonly closeMs: number
}

/** Facts for an observer that went away, until it is back. */
interface Absence {
  readonly facts: Map<string, ChatFact[]>
  readonly end: () => void
}

const AWAY_MS = 60_000
const KEPT_WHILE_AWAY = 10_000
const PAUSES = { minMs: 1_000, maxMs: 60_000 }

/** Everybody who follows the instances, each at a pace and with failures of its own. */
export class Observers {
  readonly #options: ObserversOptions
  readonly #observers = new Set<InstanceObserver>()
  /** Of the open instances. */
  readonly #links = new Map<string, Set<Link>>()
  readonly #sessions = new Map<string, Session>()
  readonly #absent = new Map<string, Absence>()
  readonly #closed = new AbortController()

  constructor(options: ObserversOptions) {
    this.#options = options
  }

  add(observer: InstanceObserver): () => Promise<void> {
    this.#observers.add(observer)
    const name = nameOf(observer)
    const missed = this.#absent.get(name)
    missed?.end()
    for (const [instance, links] of this.#links) {
      const link = this.#link(instance, observer)
      links.add(link)
      link.push(...(missed?.facts.get(instance) ?? []))
      void this.#openLate(instance, link)
    }
    return () => this.#remove(observer)
  }

  /**
   * Makes an instance known to all observers; resolves when each has opened what belongs to it.
   * @throws what the first of them threw; call it again
   */
  async open(instance: string): Promise<void> {
    let links = this.#links.get(instance)
    if (!links) {
      links = new Set([...this.#observers].map((it) => this.#link(instance, it)))
      this.#links.set(instance, links)
    }
    const results = await Promise.allSettled([...links].map((it) => it.open()))
    for (const it of results) if (it.status === 'rejected') throw it.reason
  }

  /** The instance goes away, or the host stops. Resolves when all have let go, or had their time. */
  async close(instance: string): Promise<void> {
    const links = this.#links.get(instance)
    if (!links) return
    this.#links.delete(instance)
    this.#sessions.delete(instance)
    await Promise.all([...links].map((it) => this.#limited(instance, 'letting go of an instance', it.close())))
  }

  ready(session: Session): void {
    this.#sessions.set(session.instance, session)
    for (const link of this.#links.get(session.instance) ?? []) link.ready(session)
  }

  lost(instance: string, reason: string, permanent: boolean): void {
    this.#sessions.delete(instance)
    for (const link of this.#links.get(instance) ?? []) link.lost(reason, permanent)
  }

  push(instance: string, fact: ChatFact): void {
    for (const link of this.#links.get(instance) ?? []) link.push(fact)
    for (const { facts } of this.#absent.values()) keep(facts, instance, [fact])
  }

  /** Nothing is delivered any more. */
  end(): void {
    this.#closed.abort()
    for (const { end } of [...this.#absent.values()]) end()
  }

  #link(instance: string, observer: InstanceObserver): Link {
    const { scheduler, log, full } = this.#options
    const session = () => this.#sessions.get(instance)
    return new Link({ instance, observer, scheduler, log, session, full: () => full(instance) })
  }

  /** An observer that comes when an instance is open already: it is told until it can take it. */
  async #openLate(instance: string, link: Link): Promise<void> {
    const { log, scheduler } = this.#options
    const { signal } = this.#closed
    for (let failures = 1; this.#links.get(instance)?.has(link) && !signal.aborted; failures++) {
      try {
        await link.open()
        return
      } catch (error) {
        log.warn('an observer could not open an instance; it is asked again', { instance, problem: messageOf(error) })
        await pause(scheduler, backOff(failures, 1, PAUSES), signal)
      }
    }
  }

  async #remove(observer: InstanceObserver): Promise<void> {
    if (!this.#observers.delete(observer)) return
    const name = nameOf(observer)
    const kept = new Map<string, ChatFact[]>()
    if (observer.facts && !this.#closed.signal.aborted) {
      const cancel = this.#options.scheduler.after(AWAY_MS, () => end())
      const end = () => {
        cancel()
        if (this.#absent.get(name)?.facts === kept) this.#absent.delete(name)
      }
      this.#absent.set(name, { facts: kept, end })
    }
    const leaving: Promise<unknown>[] = []
    for (const [instance, links] of this.#links) {
      for (const link of [...links].filter((it) => it.observer === observer)) {
        links.delete(link)
        // What it did not get to comes before what comes in from now on.
        const left = link.leave().then((facts) => {
          const later = kept.get(instance) ?? []
          kept.set(instance, [...facts, ...later])
        })
        leaving.push(this.#limited(instance, 'the last batch', left))
      }
    }
    await Promise.all(leaving)
  }

  async #limited(instance: string, what: string, work: Promise<void>): Promise<void> {
    const { scheduler, closeMs, log } = this.#options
    try {
      await within(scheduler, closeMs, work, () => {
        throw new Error(`it took more than ${closeMs} ms`)
      })
    } catch (error) {
      log.warn(`an observer failed at ${what}`, { instance, problem: messageOf(error) })
    }
  }
}

function nameOf(observer: InstanceObserver): string {
  return observer.name ?? ''
}

function keep(kept: Map<string, ChatFact[]>, instance: string, facts: readonly ChatFact[]): void {
  const list = kept.get(instance) ?? []
  kept.set(instance, list)
  if (list.length < KEPT_WHILE_AWAY) list.push(...facts)
}
