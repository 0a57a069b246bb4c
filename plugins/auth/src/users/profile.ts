import type { Tx } from '@waqtor/contracts'
import { fail } from '@waqtor/contracts'
import type { Call, Principal, z } from '@waqtor/kernel'
import { type Activity, whoOf } from '../activity/activity.ts'
import { PasswordChanged } from '../contract/events.ts'
import type { Me, updateProfile } from '../contract/profile.ts'
import type { User } from '../contract/shapes.ts'
import { refuse } from '../error-codes.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { demandStrong } from '../passwords/weak.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { passwordSubject } from '../sign-in/subjects.ts'
import type { Throttle } from '../sign-in/throttle.ts'
import { definedOf } from './administration.ts'
import type { UserRecord } from './store.ts'
import { shownUser, type Users } from './users.ts'

export interface ProfileOptions {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly activity: Activity
  /** @throws WaqtorError when it is no file that the caller may read */
  readonly demandFile: (fileId: string, call: Call) => Promise<unknown>
  readonly avatarChosen: (userId: string, fileId: string) => void
}

/** What users do with their own account. */
export class Profile {
  readonly #options: ProfileOptions

  constructor(options: ProfileOptions) {
    this.#options = options
  }

  /** @throws WaqtorError WAQ_NOT_A_USER (409) for a key */
  me(principal: Principal | null): z.output<typeof Me> {
    const user = this.#userOf(principal)
    const { permissions, instances } = principal!
    return {
      user: shownUser(user),
      permissions: [...permissions].sort(),
      instances: instances === 'all' ? 'all' : [...instances],
    }
  }

  async update(input: z.output<typeof updateProfile.input>, call: Call): Promise<User> {
    const { users, activity, demandFile, avatarChosen } = this.#options
    const { id } = this.#userOf(call.principal)
    if (input.avatarFileId) await demandFile(input.avatarFileId, call)
    const changed = Object.keys(definedOf(input)).join(' ')
    const after = await users.change(
      id,
      () => definedOf(input),
      (tx) => activity.note(tx, 'profile-updated', id, whoOf(call), { changed }),
    )
    if (input.avatarFileId) avatarChosen(id, input.avatarFileId)
    return shownUser(after)
  }

  /** @throws WaqtorError WAQ_PASSWORD_WRONG (403), WAQ_RATE_LIMITED (429) */
  async changePassword(oldPassword: string, newPassword: string, call: Call): Promise<void> {
    const { users, sessions, passwords, throttle, activity } = this.#options
    const user = this.#userOf(call.principal)
    demandStrong(newPassword, user.name, 'newPassword')
    const subject = passwordSubject(user.id)
    await throttle.begin([subject])
    if (!(await passwords.verify(oldPassword, user.password)))
      throw refuse('WAQ_PASSWORD_WRONG', 'the old password is wrong')
    const password = await passwords.hash(newPassword)
    const change = (before: UserRecord) => {
      if (before.password !== user.password) throw fail('WAQ_CONFLICT', 'the password was changed in the meantime')
      return { password }
    }
    await users.change(user.id, change, async (tx) => {
      await throttle.succeedIn(tx, [subject])
      await sessions.endAllIn(tx, user.id, call.principal!.credential)
      await activity.note(tx, 'password-changed', user.id, whoOf(call))
      await activity.tell(tx, PasswordChanged, { userId: user.id, by: user.id })
    })
  }

  sessions({ principal }: Call) {
    const { id } = this.#userOf(principal)
    return { items: this.#options.sessions.list(id, principal!.credential), nextCursor: null }
  }

  async endSession(credential: string, call: Call): Promise<void> {
    const { id } = this.#userOf(call.principal)
    await this.#end(id, credential, 'sessions-ended', call)
  }

  async endOthers(call: Call): Promise<{ ended: number }> {
    const { sessions, activity } = this.#options
    const { id } = this.#userOf(call.principal)
    const ended = await activity.write(async (tx) => {
      const count = await sessions.endAllIn(tx, id, call.principal!.credential)
      await activity.note(tx, 'sessions-ended', id, whoOf(call), { count: String(count) })
      return count
    })
    return { ended }
  }

  async signOut(call: Call): Promise<void> {
    const { id } = this.#userOf(call.principal)
    await this.#end(id, call.principal!.credential ?? '', 'signed-out', call)
  }

  activity({ principal }: Call, cursor: string | undefined, limit: number) {
    return this.#options.activity.page(this.#userOf(principal).id, cursor, limit)
  }

  #end(userId: string, credential: string, kind: 'sessions-ended' | 'signed-out', call: Call): Promise<void> {
    const { sessions, activity } = this.#options
    const note = (tx: Tx) => activity.note(tx, kind, userId, whoOf(call), { sessionId: credential })
    return sessions.end(userId, credential, note)
  }

  #userOf(principal: Principal | null): UserRecord {
    const user = principal && this.#options.users.get(principal.id)
    if (user) return user
    throw refuse('WAQ_NOT_A_USER', 'a key has no profile and no sessions: this is for users who are signed in')
  }
}
