import { fail, type Tx } from '@waqtor/contracts'
import { newId, type Principal, WaqtorError } from '@waqtor/kernel'
import type { Role, User } from '../contract/shapes.ts'
import { refuse } from '../error-codes.ts'
import { beyond } from '../keys/reach.ts'
import type { Roles } from './roles.ts'
import { isWholeAdmin, nameKeyOf, type UserRecord, type UserStore } from './store.ts'

export interface NewUser {
  readonly name: string
  readonly role: Role
  readonly instances: UserRecord['instances']
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  /** What scrypt made of the password. */
  readonly password: string
}

/** What may be changed of a user. */
export type UserChange = Partial<Omit<UserRecord, 'id' | 'nameKey' | 'createdAt'>>
/** More that is written in the same commit. */
type Also = (tx: Tx, after: UserRecord, before?: UserRecord) => Promise<unknown>

/**
 * The users: the table and what is kept of it in memory, changed together. The last administrator stays, and nobody sees or
 * changes a user who may do more than he may himself.
 */
export class Users {
  readonly #store: UserStore
  readonly #roles: Roles
  readonly #now: () => number
  readonly #byId = new Map<string, UserRecord>()
  readonly #byName = new Map<string, UserRecord>()

  private constructor(store: UserStore, roles: Roles, now: () => number) {
    this.#store = store
    this.#roles = roles
    this.#now = now
  }

  static async open(store: UserStore, roles: Roles, now: () => number = Date.now): Promise<Users> {
    const users = new Users(store, roles, now)
    for (const user of await store.all()) users.#keep(user)
    return users
  }

  get(id: string): UserRecord | undefined {
    return this.#byId.get(id)
  }

  named(name: string): UserRecord | undefined {
    return this.#byName.get(nameKeyOf(name))
  }

  /** True when somebody can sign in. */
  any(): boolean {
    return this.enabled().length > 0
  }

  /** Ids of those who can sign in. */
  enabled(): string[] {
    return [...this.#byId.values()].flatMap((it) => (it.disabledAt === null ? [it.id] : []))
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0
  }

  /** What a user may do now; nothing, once it is disabled or gone. */
  permissionsOf(id: string): ReadonlySet<string> | undefined {
    const user = this.#byId.get(id)
    return user?.disabledAt === null ? this.#roles.of(user.role) : undefined
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, also for a user who may do more than `viewer` */
  demand(viewer: Principal, id: string): UserRecord {
    const user = this.#byId.get(id)
    if (!user) throw fail('WAQ_NOT_FOUND', `there is no user '${id}'`)
    this.demandWithin(viewer, user)
    return user
  }

  /** The same of a user as a transaction finds it. @throws WaqtorError WAQ_NOT_FOUND */
  demandWithin(viewer: Principal, user: UserRecord): void {
    if (this.#excess(viewer, user)) throw fail('WAQ_NOT_FOUND', `there is no user '${user.id}'`)
  }

  /** A page of the users that `viewer` may know of. */
  list(viewer: Principal, after: string, limit: number): { items: User[]; nextCursor: string | null } {
    // Ids begin with the time at which they were drawn, so the map's order is theirs.
    const found = [...this.#byId.values()].filter((it) => it.id > after && !this.#excess(viewer, it)).slice(0, limit)
    return { items: found.map(shownUser), nextCursor: found.length === limit ? found.at(-1)!.id : null }
  }

  /** Whether `viewer` may see what happened around this user; around somebody who is gone, or nobody, who may see all. */
  concerns(viewer: Principal, userId: string | null): boolean {
    const user = userId === null ? undefined : this.#byId.get(userId)
    return !this.#excess(viewer, user ?? { role: 'admin', instances: 'all' })
  }

  /** @throws WaqtorError WAQ_FORBIDDEN when somebody would be given more than `giver` has */
  demandCovered(giver: Principal, wanted: Pick<UserRecord, 'role' | 'instances'>): void {
    const excess = this.#excess(giver, wanted)
    if (excess) throw new WaqtorError('WAQ_FORBIDDEN', `a user cannot be given ${excess} by somebody who lacks it`)
  }

  /** @param first only when there is no user at all yet; @throws WaqtorError WAQ_NAME_TAKEN, WAQ_SETUP_CLOSED */
  async create(wanted: NewUser, also?: Also, first = false): Promise<UserRecord> {
    const user: UserRecord = {
      id: newId('usr'),
      nameKey: nameKeyOf(wanted.name),
      phone: null,
      avatarFileId: null,
      createdAt: this.#now(),
      disabledAt: null,
      lastSignInAt: null,
      ...wanted,
      displayName: wanted.displayName ?? null,
      email: wanted.email ?? null,
    }
    await this.#store.write(async (tx) => {
      if (first && !(await this.#store.isEmpty(tx))) throw refuse('WAQ_SETUP_CLOSED', 'there is a user already')
      await this.#demandFree(tx, user)
      await this.#store.put(tx, user)
      await also?.(tx, user)
      tx.afterCommit(() => this.#keep(user))
    })
    return user
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, WAQ_NAME_TAKEN, WAQ_LAST_ADMIN */
  async change(id: string, change: (before: UserRecord) => UserChange, also?: Also): Promise<UserRecord> {
    return this.#store.write(async (tx) => {
      const before = await this.#demandStored(tx, id)
      const changed = { ...before, ...change(before) }
      const after = { ...changed, nameKey: nameKeyOf(changed.name) }
      if (after.nameKey !== before.nameKey) await this.#demandFree(tx, after)
      if (isWholeAdmin(before) && !isWholeAdmin(after)) await this.#demandAnotherAdmin(tx, before)
      await this.#store.put(tx, after)
      await also?.(tx, after, before)
      tx.afterCommit(() => this.#keep(after))
      return after
    })
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, WAQ_LAST_ADMIN */
  async remove(id: string, also?: Also): Promise<void> {
    await this.#store.write(async (tx) => {
      const user = await this.#demandStored(tx, id)
      if (isWholeAdmin(user)) await this.#demandAnotherAdmin(tx, user)
      await this.#store.remove(tx, id)
      await also?.(tx, user)
      tx.afterCommit(() => this.#forget(user))
    })
  }

  async #demandStored(tx: Tx, id: string): Promise<UserRecord> {
    const user = await this.#store.get(tx, id)
    if (!user) throw fail('WAQ_NOT_FOUND', `there is no user '${id}'`)
    return user
  }

  async #demandFree(tx: Tx, { id, name, nameKey }: UserRecord): Promise<void> {
    if (await this.#store.isTaken(tx, nameKey, id)) throw refuse('WAQ_NAME_TAKEN', `there is a user '${name}' already`)
  }

  async #demandAnotherAdmin(tx: Tx, { id, name }: UserRecord): Promise<void> {
    if (await this.#store.hasOtherAdmin(tx, id)) return
    throw refuse('WAQ_LAST_ADMIN', `'${name}' is the last administrator who can sign in`)
  }

  /** What a user of this role on these accounts may do beyond `principal`. */
  #excess(principal: Principal, { role, instances }: Pick<UserRecord, 'role' | 'instances'>): string | undefined {
    // Access codes do not bind administrators: whom they bind cannot make, or become, one.
    if (principal.role === 'gated' && role === 'admin') return 'freedom from access codes'
    return beyond(principal, { permissions: [...this.#roles.of(role)], instances })
  }

  #keep(user: UserRecord): void {
    const before = this.#byId.get(user.id)
    if (before) this.#byName.delete(before.nameKey)
    this.#byId.set(user.id, user)
    this.#byName.set(user.nameKey, user)
  }

  #forget({ id, nameKey }: UserRecord): void {
    this.#byId.delete(id)
    this.#byName.delete(nameKey)
  }
}

/** A user as others may see it. */
export function shownUser({ nameKey: _, password: __, instances, ...plain }: UserRecord): User {
  return { ...plain, instances: instances === 'all' ? 'all' : [...instances] }
}
