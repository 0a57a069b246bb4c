import type { Tx } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import type { Activity, Who } from '../activity/activity.ts'
import { SignedIn, SignInFailed } from '../contract/events.ts'
import type { User } from '../contract/shapes.ts'
import { refuse } from '../error-codes.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { UserRecord } from '../users/store.ts'
import { shownUser, type Users } from '../users/users.ts'
import type { KnownAddresses } from './known-addresses.ts'
import { networkOf } from './network.ts'
import { addressSubjects, nameSubject } from './subjects.ts'
import type { Throttle } from './throttle.ts'

export interface SignInOptions {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly addresses: KnownAddresses
  readonly activity: Activity
}

/** Where somebody is who wants to come in. */
export type From = Omit<Who, 'actorId'>
/** The session that a browser had before it signs in anew. */
type Replaced = Pick<Principal, 'id' | 'credential'> | null

export interface NewSession {
  readonly token: string
  readonly expiresAt: number
  readonly user: User
}

const failed = () => refuse('WAQ_SIGN_IN_FAILED', 'the name or the password is wrong, or the user is disabled')

/**
 * Signing in by name and password. A wrong name, a wrong password and a disabled user cost the same work and get the same
 * answer, so nobody learns which names there are.
 */
export class SignIn {
  readonly #options: SignInOptions

  constructor(options: SignInOptions) {
    this.#options = options
  }

  /** @throws WaqtorError WAQ_SIGN_IN_FAILED (401), WAQ_RATE_LIMITED (429) */
  async signIn(name: string, password: string, from: From, replaced: Replaced = null): Promise<NewSession> {
    const { users, sessions, passwords, throttle, addresses, activity } = this.#options
    const user = users.named(name)
    const network = networkOf(from.address)
    const known = await addresses.has(user?.id ?? '', network)
    const own = nameSubject(name, network, known)
    const shared = addressSubjects(network)
    await throttle.begin([own, ...shared])

    const enabled = user?.disabledAt === null ? user : undefined
    const right = await passwords.verify(password, enabled?.password).catch(async (error: unknown) => {
      // It was not looked at, so it is no try.
      await activity.write((tx) => throttle.succeedIn(tx, [], [own, ...shared]))
      throw error
    })
    // Much may have happened while the password was checked.
    const present = enabled && users.get(enabled.id)
    if (!right || present?.disabledAt !== null || present.password !== enabled?.password) {
      await this.#noteFailure(user?.id ?? null, from)
      throw failed()
    }
    const renewed = passwords.isOld(present.password) ? await passwords.hash(password) : undefined
    return this.open(present, from, renewed, async (tx) => {
      await throttle.succeedIn(tx, [own], shared)
      if (replaced?.credential !== undefined) await sessions.endIn(tx, replaced.id, replaced.credential)
    })
  }

  /** Begins a session of a user who has shown who it is. */
  async open(
    user: UserRecord,
    from: From,
    renewedPassword?: string,
    also?: (tx: Tx) => Promise<unknown>,
  ): Promise<NewSession> {
    const { users, sessions, addresses, activity } = this.#options
    const network = networkOf(from.address)
    const known = user.lastSignInAt === null || (await addresses.has(user.id, network))
    const session = sessions.begin(user.id, from)
    const now = session.createdAt
    const change = (before: UserRecord) => {
      // Disabled, or given another password, since it was looked at.
      if (before.disabledAt !== null || before.password !== user.password) throw failed()
      return { lastSignInAt: now, ...(renewedPassword !== undefined && { password: renewedPassword }) }
    }
    const after = await users.change(user.id, change, async (tx) => {
      await also?.(tx)
      await session.write(tx)
      await addresses.noteIn(tx, user.id, network, now)
      const who = { ...from, actorId: user.id }
      await activity.note(tx, 'signed-in', user.id, who, { sessionId: session.credential, known: String(known) })
      await activity.tell(tx, SignedIn, { userId: user.id, sessionId: session.credential, ...from, known })
    })
    return { token: session.token, expiresAt: session.expiresAt, user: shownUser(after) }
  }

  async #noteFailure(userId: string | null, from: From): Promise<void> {
    const { activity } = this.#options
    await activity.write(async (tx) => {
      await activity.note(tx, 'sign-in-failed', userId, { ...from, actorId: null })
      await activity.tell(tx, SignInFailed, { userId, address: from.address })
    })
  }
}
