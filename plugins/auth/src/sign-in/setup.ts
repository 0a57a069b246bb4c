import { fail, type Tx } from '@waqtor/contracts'
import type { Activity } from '../activity/activity.ts'
import { UserCreated } from '../contract/events.ts'
import { refuse } from '../error-codes.ts'
import { WrongTries } from '../keys/wrong-tries.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { demandStrong } from '../passwords/weak.ts'
import type { UserRecord } from '../users/store.ts'
import type { Users } from '../users/users.ts'
import { SETUP_MINUTES, SetupToken } from './setup-token.ts'
import type { From, NewSession, SignIn } from './sign-in.ts'

const WRONG_TOKENS = 10
const WINDOW_MS = 60_000

export interface SetupOptions {
  readonly users: Users
  /** True when a person has made a key, or put one into the environment. */
  readonly hasMadeKeys: () => boolean
  readonly passwords: Passwords
  readonly signIn: SignIn
  readonly activity: Activity
  readonly now?: () => number
}

export interface FirstAdmin {
  readonly token: string
  readonly name: string
  readonly password: string
  readonly displayName?: string | undefined
}

/** How a fresh host gets its first administrator: by a token that only who can see its console knows. */
export class Setup {
  readonly #options: SetupOptions
  readonly #token: SetupToken
  readonly #now: () => number
  readonly #wrong = new WrongTries(WRONG_TOKENS, WINDOW_MS)

  constructor(options: SetupOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#token = new SetupToken(this.#now)
  }

  /** Nobody can come in yet who was let in by a person. */
  get needed(): boolean {
    return this.#options.users.isEmpty && !this.#options.hasMadeKeys()
  }

  get openUntil(): number | null {
    return this.needed ? (this.#token.openUntil ?? null) : null
  }

  /** Opens the set-up where it is needed. Answers the token, which is to be shown once. */
  open(): string | undefined {
    return this.needed ? this.#token.draw() : undefined
  }

  /**
   * Makes the first administrator and signs it in.
   * @throws WaqtorError WAQ_SETUP_CLOSED (404), WAQ_SETUP_TOKEN_WRONG (403), WAQ_RATE_LIMITED (429)
   */
  async complete({ token, name, password, displayName }: FirstAdmin, from: From): Promise<NewSession> {
    const { users, passwords, signIn, activity } = this.#options
    if (this.openUntil === null) throw refuse('WAQ_SETUP_CLOSED', this.#closed())
    this.#demandRight(token, from.address ?? '')
    demandStrong(password, name, 'password')
    const putBack = this.#token.take()
    try {
      const first = { name, displayName, role: 'admin', instances: 'all' } as const
      const note = async (tx: Tx, { id }: UserRecord) => {
        await activity.note(tx, 'user-created', id, { ...from, actorId: null }, { name, role: 'admin' })
        await activity.tell(tx, UserCreated, { userId: id, name, role: 'admin', by: null })
      }
      const admin = await users.create({ ...first, password: await passwords.hash(password) }, note, true)
      return await signIn.open(admin, from)
    } catch (error) {
      putBack()
      throw error
    }
  }

  #demandRight(token: string, address: string): void {
    if (this.#token.is(token)) return
    const { waitMs } = this.#wrong.count(address, this.#now())
    if (waitMs === 0) throw refuse('WAQ_SETUP_TOKEN_WRONG', 'this is not the token that the console shows')
    throw fail('WAQ_RATE_LIMITED', 'too many wrong tokens from this address', { retryAfter: Math.ceil(waitMs / 1_000) })
  }

  #closed(): string {
    if (!this.needed) return 'the set-up is done'
    return `the token was good for ${SETUP_MINUTES} minutes; start again for another, or run \`waqtor users create\``
  }
}
