import { timingSafeEqual } from 'node:crypto'
import { fail, type Tx } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import type { Session } from '../contract/profile.ts'
import { digestOf, drawCredential, idOf, keptDigest } from '../keys/credential.ts'
import type { Users } from '../users/users.ts'
import type { SessionRecord, SessionStore } from './store.ts'
import { UserPrincipal } from './user-principal.ts'

/** More than anybody has browsers; the one that was not used for longest goes. */
const MOST_PER_USER = 50
/** Compared with when there is nothing to compare with. */
const nobody = Buffer.alloc(32)

export interface SessionLimits {
  readonly idleMs: number
  readonly longestMs: number
}

interface Live {
  readonly record: SessionRecord
  readonly digest: Buffer
  readonly principal: Principal
  lastSeenAt: number
}

export interface SessionsOptions {
  readonly store: SessionStore
  readonly users: Users
  readonly limits: SessionLimits
  /** Told when a session has ended, whatever the reason. */
  readonly ended: (userId: string, credential: string) => void
  readonly now?: () => number
}

/** A session that is about to begin: it counts once it is written down. */
export interface Beginning {
  readonly token: string
  readonly credential: string
  readonly createdAt: number
  readonly expiresAt: number
  /** Writes it down in the caller's transaction; the token is good after the commit. */
  write(tx: Tx): Promise<void>
}

/** Where users are signed in: the table and what is kept of it in memory, so that a request costs no look into it. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #now: () => number
  readonly #live = new Map<string, Live>()
  #seen = new Set<Live>()

  private constructor(options: SessionsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  static async open(options: SessionsOptions): Promise<Sessions> {
    const sessions = new Sessions(options)
    for (const record of await options.store.all()) sessions.#keep(record)
    return sessions
  }

  /** Draws a token for a user. Whoever signs in gets a new one, whatever it had before. */
  begin(userId: string, from: Pick<SessionRecord, 'address' | 'userAgent'>): Beginning {
    const { store, limits } = this.#options
    const { id, text } = drawCredential('session')
    const createdAt = this.#now()
    const expiresAt = createdAt + limits.longestMs
    const digest = digestOf(text).toString('hex')
    const record = { ...from, id, userId, digest, createdAt, lastSeenAt: createdAt, expiresAt }
    return {
      token: text,
      credential: credentialOf(id),
      createdAt,
      expiresAt,
      write: async (tx) => {
        const surplus = this.#of(userId).slice(MOST_PER_USER - 1)
        await this.#removeIn(tx, surplus.map(idOfLive))
        await store.add(tx, record)
        tx.afterCommit(() => this.#keep(record))
      },
    }
  }

  /** Who holds this token now; nothing when it is wrong, over, or its user may not come in any more. */
  verify(token: string): Principal | undefined {
    const id = idOf('session', token)
    const live = id === undefined ? undefined : this.#live.get(id)
    const right = timingSafeEqual(digestOf(token, 'latin1'), live?.digest ?? nobody)
    if (!live || !right || this.#isOver(live)) return undefined
    if (!this.#options.users.permissionsOf(live.record.userId)) return undefined
    live.lastSeenAt = this.#now()
    this.#seen.add(live)
    return live.principal
  }

  /** A user's sessions, last used first. */
  list(userId: string, current: string | undefined): Session[] {
    const { idleMs } = this.#options.limits
    return this.#of(userId)
      .filter((it) => !this.#isOver(it))
      .map(({ record: { id, address, userAgent, createdAt, expiresAt }, lastSeenAt }) => ({
        id: credentialOf(id),
        address,
        userAgent,
        createdAt,
        lastSeenAt,
        expiresAt: Math.min(expiresAt, lastSeenAt + idleMs),
        current: credentialOf(id) === current,
      }))
  }

  /** Ends one session of a user. @throws WaqtorError WAQ_NOT_FOUND, also for one of somebody else */
  async end(userId: string, credential: string, also?: (tx: Tx) => Promise<unknown>): Promise<void> {
    await this.#options.store.write(async (tx) => {
      if (!(await this.endIn(tx, userId, credential)))
        throw fail('WAQ_NOT_FOUND', `there is no session '${credential}'`)
      await also?.(tx)
    })
  }

  /** Ends one session of a user, in the caller's transaction. Answers whether there was one. */
  async endIn(tx: Tx, userId: string, credential: string): Promise<boolean> {
    const those = (await this.#options.store.idsOf(tx, userId)).filter((id) => credentialOf(id) === credential)
    await this.#removeIn(tx, those)
    return those.length > 0
  }

  /** Ends, in the caller's transaction, the sessions of a user, all or all but one. Answers how many. */
  async endAllIn(tx: Tx, userId: string, except?: string): Promise<number> {
    const those = (await this.#options.store.idsOf(tx, userId)).filter((id) => credentialOf(id) !== except)
    await this.#removeIn(tx, those)
    return those.length
  }

  /** Writes down what was used since the last time, and removes what is over. */
  async tidy(): Promise<void> {
    const { store } = this.#options
    const seen = this.#seen
    this.#seen = new Set()
    const times = new Map([...seen].map((it) => [it.record.id, it.lastSeenAt]))
    if (times.size > 0) await store.markSeen(times)
    const over = [...this.#live.values()].filter((it) => this.#isOver(it))
    if (over.length > 0) await store.write((tx) => this.#removeIn(tx, over.map(idOfLive)))
  }

  /** Last used first. */
  #of(userId: string): Live[] {
    const those = [...this.#live.values()].filter((it) => it.record.userId === userId)
    return those.sort((a, b) => b.lastSeenAt - a.lastSeenAt || (a.record.id < b.record.id ? 1 : -1))
  }

  #isOver({ record, lastSeenAt }: Live): boolean {
    const now = this.#now()
    return record.expiresAt <= now || lastSeenAt + this.#options.limits.idleMs <= now
  }

  async #removeIn(tx: Tx, ids: readonly string[]): Promise<void> {
    await this.#options.store.remove(tx, ids)
    tx.afterCommit(() => {
      for (const id of ids) this.#forget(id)
    })
  }

  #forget(id: string): void {
    const live = this.#live.get(id)
    if (live && this.#live.delete(id)) this.#options.ended(live.record.userId, credentialOf(id))
  }

  #keep(record: SessionRecord): void {
    const { id, userId, lastSeenAt } = record
    const principal = new UserPrincipal(this.#options.users, userId, credentialOf(id))
    this.#live.set(id, { record, digest: keptDigest(record.digest), principal, lastSeenAt })
  }
}

const idOfLive = ({ record }: Live) => record.id

function credentialOf(id: string): string {
  return `ses_${id}`
}
