import type { ChatFact, InstanceObserver, Session } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import type { Scheduler } from '../scheduler.ts'
import { FactQueue } from './fact-queue.ts'

export interface LinkOptions {
  readonly instance: string
  readonly observer: InstanceObserver
  readonly scheduler: Scheduler
  readonly log: Logger
  readonly full: () => void
  /** The ready session at this moment. */
  readonly session: () => Session | undefined
}

/** One observer's view of one instance: nothing reaches it before its `opened` is done. */
export class Link {
  readonly observer: InstanceObserver
  readonly #options: LinkOptions
  readonly #queue: FactQueue | undefined
  #opening: Promise<void> | undefined
  #isOpen = false
  #knows: Session | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.observer = options.observer
    const { observer, instance } = options
    if (observer.facts) {
      this.#queue = new FactQueue({ ...options, handle: (facts) => observer.facts!(instance, facts) })
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Tells the observer that the instance is open; once, however often it is called. Failing, it may be called again. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<void> {
    const { instance, session } = this.#options
    await this.observer.opened?.(instance)
    this.#isOpen = true
    const present = session()
    if (present) this.ready(present)
    this.#queue?.begin()
  }

  ready(session: Session): void {
    if (!this.#isOpen || this.#knows === session) return
    this.#knows = session
    this.#guarded('ready', () => this.observer.ready?.(session))
  }

  lost(reason: string, permanent: boolean): void {
    if (!this.#isOpen) return
    this.#knows = undefined
    this.#guarded('lost', () => this.observer.lost?.(this.#options.instance, reason, permanent))
  }

  push(...facts: ChatFact[]): void {
    this.#queue?.push(...facts)
  }

  /** Lets the observer finish what came in, then tells it that the instance goes away. */
  async close(): Promise<void> {
    await this.#queue?.drained()
    if (this.#isOpen) await this.observer.closed?.(this.#options.instance)
    await this.#queue?.stop()
  }

  /** The observer goes away: answers the facts that it has not handled. */
  async leave(): Promise<readonly ChatFact[]> {
    this.#isOpen = false
    return (await this.#queue?.stop()) ?? []
  }

  #guarded(what: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      const { log, instance } = this.#options
      log.error(`an observer of instances threw in '${what}'`, { instance, problem: messageOf(error) })
    }
  }
}
