import { isDeepStrictEqual } from 'node:util'
import type { Call, z } from '@waqtor/kernel'
import { type Activity, whoOf } from '../activity/activity.ts'
import { PasswordChanged, UserCreated, UserDeleted, UserUpdated } from '../contract/events.ts'
import type { User } from '../contract/shapes.ts'
import type { createUser, updateUser } from '../contract/users.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { demandStrong } from '../passwords/weak.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { prefixesOf } from '../sign-in/subjects.ts'
import type { Throttle } from '../sign-in/throttle.ts'
import type { UserRecord } from './store.ts'
import { shownUser, type UserChange, type Users } from './users.ts'

export interface AdministrationOptions {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly activity: Activity
  /** Told of a user whose role or accounts have changed. */
  readonly changed: (userId: string) => void
  /** Told of a user none of whose credentials holds any more. */
  readonly revoked: (userId: string) => void
  readonly now?: () => number
}

/**
 * What administrators do with users. Whether somebody is within the caller's reach is asked once more in the transaction:
 * a user may have become more than the caller since it was looked at.
 */
export class Administration {
  readonly #options: AdministrationOptions
  readonly #now: () => number

  constructor(options: AdministrationOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  async create(input: z.output<typeof createUser.input>, call: Call): Promise<User> {
    const { users, passwords, activity } = this.#options
    users.demandCovered(call.principal!, input)
    demandStrong(input.password, input.name, 'password')
    const { name, role } = input
    const who = whoOf(call)
    const password = await passwords.hash(input.password)
    const made = await users.create({ ...input, password }, async (tx, { id }) => {
      await activity.note(tx, 'user-created', id, who, { name, role })
      await activity.tell(tx, UserCreated, { userId: id, name, role, by: who.actorId })
    })
    return shownUser(made)
  }

  async update(input: z.output<typeof updateUser.input>, call: Call): Promise<User> {
    const { users, sessions, activity, changed, revoked } = this.#options
    const { id, disabled, ...rest } = input
    const { principal } = call
    const before = users.demand(principal!, id)
    const fields = Object.keys(input).filter((it) => it !== 'id')
    const who = whoOf(call)
    const after = await users.change(
      id,
      (present) => {
        users.demandWithin(principal!, present)
        const after = { ...present, ...definedOf(rest), ...this.#enabling(present, disabled) }
        users.demandCovered(principal!, after)
        return after
      },
      async (tx, { role, name, disabledAt }) => {
        if (disabledAt !== null) await sessions.endAllIn(tx, id)
        const state = disabled === undefined ? undefined : { disabled: String(disabled) }
        await activity.note(tx, 'user-updated', id, who, { changed: fields.join(' '), name, role, ...state })
        await activity.tell(tx, UserUpdated, { userId: id, changed: fields, by: who.actorId })
      },
    )
    if (after.disabledAt !== null) revoked(id)
    else if (!isDeepStrictEqual(grantOf(after), grantOf(before))) changed(id)
    return shownUser(after)
  }

  async remove(id: string, call: Call): Promise<void> {
    const { users, sessions, activity, revoked } = this.#options
    const { name } = users.demand(call.principal!, id)
    const who = whoOf(call)
    await users.remove(id, async (tx, present) => {
      users.demandWithin(call.principal!, present)
      await sessions.endAllIn(tx, id)
      await activity.note(tx, 'user-deleted', id, who, { name })
      await activity.tell(tx, UserDeleted, { userId: id, name, by: who.actorId })
    })
    revoked(id)
  }

  async setPassword(id: string, password: string, call: Call): Promise<User> {
    const { users, sessions, passwords, throttle, activity } = this.#options
    const { name } = users.demand(call.principal!, id)
    demandStrong(password, name, 'password')
    const who = whoOf(call)
    const kept = await passwords.hash(password)
    const after = await users.change(
      id,
      (present) => {
        users.demandWithin(call.principal!, present)
        return { password: kept }
      },
      async (tx) => {
        await sessions.endAllIn(tx, id)
        await throttle.forgetIn(tx, prefixesOf(name, id))
        await activity.note(tx, 'password-set', id, who)
        await activity.tell(tx, PasswordChanged, { userId: id, by: who.actorId })
      },
    )
    return shownUser(after)
  }

  async signOut(id: string, call: Call): Promise<{ ended: number }> {
    const { users, sessions, activity } = this.#options
    users.demand(call.principal!, id)
    const ended = await activity.write(async (tx) => {
      const count = await sessions.endAllIn(tx, id)
      await activity.note(tx, 'sessions-ended', id, whoOf(call), { count: String(count) })
      return count
    })
    return { ended }
  }

  async unlock(id: string, call: Call): Promise<User> {
    const { users, throttle, activity } = this.#options
    const user = users.demand(call.principal!, id)
    await activity.write((tx) => throttle.forgetIn(tx, prefixesOf(user.name, id)))
    return shownUser(user)
  }

  #enabling({ disabledAt }: UserRecord, disabled: boolean | undefined): UserChange {
    if (disabled === undefined) return {}
    return { disabledAt: disabled ? (disabledAt ?? this.#now()) : null }
  }
}

const grantOf = ({ role, instances }: UserRecord) => ({ role, instances })

/** Without the fields that are absent, which would overwrite what is there. */
export function definedOf<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
