import type { DatabaseFile, Notification, People } from '@waqtor/contracts'
import { type KernelView, type Logger, messageOf, type Principal } from '@waqtor/kernel'
import type { Entry } from './book.ts'
import type { Inbox } from './inbox.ts'
import { preferencesIn } from './preferences.ts'
import { visible } from './sight.ts'
import { asSeenBy, reader } from './store.ts'

export interface LiveOptions {
  /** Opens the host's file. */
  readonly host: () => Promise<DatabaseFile>
  readonly kernel: KernelView
  readonly inbox: Pick<Inbox, 'unread'>
  readonly people: People | undefined
  readonly log: Logger
  readonly arrived: (notification: Notification) => void
  readonly counted: (userId: string, unread: number) => void
  /** Whether anybody would hear it: without listeners nothing is looked up. */
  readonly heard: () => boolean
}

const MOST_READERS = 1_000
/** How what is told here leaves. */
const via = 'ws'
/** Counts that change together are told together. */
const REST_MS = 250

/**
 * Tells those who look at their notifications of new ones, each of their own copy and their own count. Who has asked for
 * the list or the count counts as looking, the latest thousand of them: every client asks when it connects.
 */
export class Live {
  readonly #options: LiveOptions
  /** By id, the one that asked longest ago first. */
  readonly #readers = new Map<string, Principal>()
  readonly #dirty = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: LiveOptions) {
    this.#options = options
  }

  /** Somebody looks at their notifications. */
  looks(principal: Principal): void {
    this.#readers.delete(principal.id)
    this.#readers.set(principal.id, principal)
    if (this.#readers.size > MOST_READERS) this.#readers.delete(this.#readers.keys().next().value!)
  }

  /** A principal goes, or only one of the credentials that it came in with. */
  forget(id: string, credential?: string): void {
    if (credential === undefined || this.#readers.get(id)?.credential === credential) this.#readers.delete(id)
  }

  /** What somebody may do has changed. Without anybody to ask for it, they are told again once they have asked again. */
  changed(id: string | null): void {
    if (this.#options.people) return
    if (id === null) this.#readers.clear()
    else this.#readers.delete(id)
  }

  stored(entries: readonly Entry[]): void {
    if (this.#readers.size === 0 || !this.#options.heard()) return
    this.#queue(() => this.#announce(entries))
  }

  /** The count of somebody is another one. */
  recount(userId: string): void {
    if (this.#closed || !this.#readers.has(userId) || !this.#options.heard()) return
    this.#dirty.add(userId)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#queue(() => this.#count())
    }, REST_MS)
  }

  /** Resolves when what is under way is told. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#working
  }

  async #announce(entries: readonly Entry[]): Promise<void> {
    const file = await this.#options.host()
    for (const principal of await this.#present()) {
      const { id } = principal
      const own = entries.filter(({ row }) => row.user_id === id)
      const abouts = [...new Set(entries.filter(({ row }) => row.user_id === null).map((it) => it.about))]
      const seen = new Set(await visible(this.#options.kernel, { principal, via }, abouts))
      const shared = entries.filter(({ row, about }) => row.user_id === null && seen.has(about))
      if (own.length + shared.length === 0) continue
      const { types } = preferencesIn((await reader(file, id))?.preferences)
      const wanted = entries.filter((it) => (own.includes(it) || shared.includes(it)) && types.includes(it.row.type))
      for (const { row } of wanted) this.#options.arrived(asSeenBy(id, row, false))
      if (wanted.length > 0) this.recount(id)
    }
  }

  async #count(): Promise<void> {
    const dirty = new Set(this.#dirty)
    this.#dirty.clear()
    for (const principal of await this.#present())
      if (dirty.has(principal.id))
        this.#options.counted(principal.id, await this.#options.inbox.unread({ principal, via }))
  }

  /** Those who look, with what they may do now. */
  async #present(): Promise<Principal[]> {
    const readers = [...this.#readers.values()]
    if (!this.#options.people) return readers
    const people = new Map((await this.#options.people.people()).map((it) => [it.id, it]))
    // As they are handed out: what a signed-in user may do is looked up when it is asked for, and a copy would have none of it.
    return readers.flatMap(({ id }) => people.get(id) ?? [])
  }

  #queue(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error: unknown) => {
      this.#options.log.warn('connected clients were not told of notifications', { problem: messageOf(error) })
    })
  }
}
