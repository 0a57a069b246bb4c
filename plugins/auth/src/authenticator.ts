import { type Authentication, fail, type HeaderReader, type RateLimits } from '@waqtor/contracts'
import { type Logger, type Principal, WaqtorError } from '@waqtor/kernel'
import { idOf } from './keys/credential.ts'
import type { Keys } from './keys/keys.ts'
import { WrongTries } from './keys/wrong-tries.ts'
import { cookieToken } from './sessions/cookie-token.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Users } from './users/users.ts'

const WRONG_TRIES = 20
const WINDOW_MS = 60_000

/** What is asked about credentials, once it is open. */
export interface Credentials {
  readonly keys: Keys
  readonly users: Users
  readonly sessions: Sessions
}

/** Finds out who sends a request: by its API key, by the token of a session, or by the cookie of a browser. */
export class Authenticator implements Authentication {
  readonly #open: () => Credentials
  readonly #log: Logger
  readonly #now: () => number
  readonly #wrong = new WrongTries(WRONG_TRIES, WINDOW_MS)

  /** @param open the credentials, once they are there; throws before */
  constructor(open: () => Credentials, log: Logger, now: () => number = Date.now) {
    this.#open = open
    this.#log = log
    this.#now = now
  }

  async authenticate(headers: HeaderReader, address: string): Promise<Principal | null> {
    const credential = credentialOf(headers)
    if (credential === undefined) return this.#byCookie(headers)
    const { keys, sessions } = this.#open()
    const isToken = idOf('session', credential) !== undefined
    const principal = isToken ? sessions.verify(credential) : keys.ring.verify(credential, this.#now())
    if (principal) return principal

    const { waitMs, isNew } = this.#wrong.count(address, this.#now())
    if (waitMs === 0)
      throw new WaqtorError(
        'WAQ_UNAUTHENTICATED',
        isToken ? 'the session is over' : 'the key is wrong, expired or revoked',
      )
    // Once: whoever guesses a thousand times a second must not fill the log with it.
    if (isNew) this.#log.warn('too many wrong keys from one address', { address })
    throw fail('WAQ_RATE_LIMITED', 'too many wrong keys from this address', { retryAfter: Math.ceil(waitMs / 1_000) })
  }

  async hasKeys({ made = false }: { readonly made?: boolean } = {}): Promise<boolean> {
    const { keys, users } = this.#open()
    return keys.any(made) || users.any()
  }

  limitOf({ id }: Principal): RateLimits | undefined {
    return this.#open().keys.ring.limitOf(id)
  }

  /**
   * A browser goes on sending a cookie whose session is over, to the sign-in as well: such a request comes from nobody, and
   * is no attack.
   */
  #byCookie(headers: HeaderReader): Principal | null {
    const token = cookieToken(headers.get('cookie'))
    return (token !== undefined && this.#open().sessions.verify(token)) || null
  }
}

/** What the headers carry: `X-API-Key`, or `Authorization: Bearer`. Other schemes belong to whoever stands in front. */
function credentialOf(headers: HeaderReader): string | undefined {
  const key = headers.get('x-api-key') ?? undefined
  const bearer = /^bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (key !== undefined && bearer !== undefined && key !== bearer)
    throw new WaqtorError('WAQ_UNAUTHENTICATED', 'X-API-Key and Authorization carry different keys: send one')
  return key ?? bearer
}
