import { type Authentication, fail, type HeaderReader } from '@waqtor/contracts'
import { type Logger, type Principal, WaqtorError } from '@waqtor/kernel'
import type { Keys } from './keys.ts'
import { WrongTries } from './wrong-tries.ts'

const WRONG_TRIES = 20
const WINDOW_MS = 60_000

/** Finds out who sends a request, by its API key. */
export class Authenticator implements Authentication {
  readonly #keys: () => Keys
  readonly #log: Logger
  readonly #now: () => number
  readonly #wrong = new WrongTries(WRONG_TRIES, WINDOW_MS)

  /** @param keys the keys, once they are open */
  constructor(keys: () => Keys, log: Logger, now: () => number = Date.now) {
    this.#keys = keys
    this.#log = log
    this.#now = now
  }

  async authenticate(headers: HeaderReader, address: string): Promise<Principal | null> {
    const credential = credentialOf(headers)
    if (credential === undefined) return null
    const principal = this.#keys().ring.verify(credential, this.#now())
    if (principal) return principal

    const waitMs = this.#wrong.count(address, this.#now())
    if (waitMs === 0) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'the key is wrong, expired or revoked')
    this.#log.warn('too many wrong keys from one address', { address })
    throw fail('WAQ_RATE_LIMITED', 'too many wrong keys from this address', { retryAfter: Math.ceil(waitMs / 1_000) })
  }

  async hasKeys({ made = false }: { readonly made?: boolean } = {}): Promise<boolean> {
    return this.#keys().any(made)
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
