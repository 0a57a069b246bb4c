import { fail } from '@waqtor/contracts'
import { type Principal, WaqtorError } from '@waqtor/kernel'
import type { ApiKey } from './contract.ts'
import { digestOf, drawCredential, idOf } from './credential.ts'
import { Keyring } from './keyring.ts'
import { beyond, type Grant, roleOf } from './reach.ts'
import type { KeyRecord, KeyStore } from './store.ts'

const everything: Grant = { permissions: ['*'], instances: 'all' }

export interface NewKey extends Grant {
  readonly name: string
  readonly expiresAt: number | null
}

/**
 * The API keys: the table and the keyring, changed together. Nobody sees, makes or ends a key that allows more than
 * the own one does.
 */
export class Keys {
  readonly ring = new Keyring()
  readonly #store: KeyStore
  readonly #now: () => number

  private constructor(store: KeyStore, now: () => number) {
    this.#store = store
    this.#now = now
  }

  static async open(store: KeyStore, now: () => number = Date.now): Promise<Keys> {
    const keys = new Keys(store, now)
    for (const record of await store.active()) keys.ring.add(record)
    return keys
  }

  /** @throws WaqtorError WAQ_FORBIDDEN when the key would allow more than `maker` may do itself */
  async create(
    maker: Principal,
    { name, expiresAt, permissions, instances }: NewKey,
  ): Promise<ApiKey & { key: string }> {
    const excess = beyond(maker, { permissions, instances })
    if (excess) throw new WaqtorError('WAQ_FORBIDDEN', `a key cannot be given ${excess} by one that lacks it`)
    if (expiresAt !== null && expiresAt <= this.#now()) {
      const message = 'must lie in the future'
      throw new WaqtorError('WAQ_INPUT_INVALID', `the end of the key ${message}`, {
        details: { errors: [{ path: 'expiresAt', message }] },
      })
    }
    const { id, text } = drawCredential()
    const record = this.#record(id, digestOf(text), { name, origin: 'created', permissions, instances, expiresAt })
    await this.#add(record)
    return { ...shown(record), key: text }
  }

  /** A page of the keys that `viewer` may know of. */
  async list(viewer: Principal, after: string, limit: number): Promise<{ items: ApiKey[]; nextCursor: string | null }> {
    const records = await this.#store.page(after, limit)
    return {
      items: records.filter((it) => !beyond(viewer, it)).map(shown),
      nextCursor: records.length === limit ? records.at(-1)!.id : null,
    }
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, also for a key that is out of `viewer`'s reach */
  async get(viewer: Principal, id: string): Promise<ApiKey> {
    return shown(await this.#within(viewer, id))
  }

  /** Ends a key; when this answers, it opens nothing any more. */
  async revoke(viewer: Principal, id: string): Promise<ApiKey> {
    await this.#within(viewer, id)
    await this.#store.revoke(id, this.#now())
    this.ring.remove(id)
    return shown((await this.#store.get(id))!)
  }

  /** Makes the string from the environment an administrator's key, in place of an earlier one from there. */
  async adopt(credential: string): Promise<'known' | 'adopted' | 'revoked'> {
    const digest = digestOf(credential)
    const active = this.ring.records()
    if (active.some((it) => it.digest === digest.toString('hex'))) return 'known'
    if (await this.#store.wasRevoked(digest.toString('hex'))) return 'revoked'
    const replaced = active.filter((it) => it.origin === 'environment').map((it) => it.id)
    const name = 'WAQTOR_API_KEY'
    const record = this.#record(drawCredential().id, digest, { name, origin: 'environment', ...everything })
    await this.#add(record, replaced)
    return 'adopted'
  }

  /** True when `credential` is the key of the local command line. */
  isLocal(credential: string): boolean {
    const holder = this.ring.verify(credential, this.#now())
    return this.ring.records().some((it) => it.id === holder?.id && it.id === idOf(credential) && it.origin === 'local')
  }

  /** Draws the key of the local command line, in place of an earlier one. */
  async drawLocal(): Promise<string> {
    const replaced = this.ring
      .records()
      .filter((it) => it.origin === 'local')
      .map((it) => it.id)
    const { id, text } = drawCredential()
    const name = 'command line on this machine'
    await this.#add(this.#record(id, digestOf(text), { name, origin: 'local', ...everything }), replaced)
    return text
  }

  /** True when some key is good; with `made`, the local command line's does not count. */
  any(made: boolean): boolean {
    const now = this.#now()
    return this.ring
      .records()
      .some((it) => (it.expiresAt === null || it.expiresAt > now) && !(made && it.origin === 'local'))
  }

  async #add(record: KeyRecord, replaced: readonly string[] = []): Promise<void> {
    await this.#store.add(record, replaced)
    for (const old of replaced) this.ring.remove(old)
    this.ring.add(record)
  }

  async #within(viewer: Principal, id: string): Promise<KeyRecord> {
    const record = await this.#store.get(id)
    if (!record || beyond(viewer, record)) throw fail('WAQ_NOT_FOUND', `there is no key '${id}'`)
    return record
  }

  #record(
    id: string,
    digest: Buffer,
    rest: Pick<KeyRecord, 'name' | 'origin' | 'permissions' | 'instances'> & { readonly expiresAt?: number | null },
  ): KeyRecord {
    return { expiresAt: null, ...rest, id, digest: digest.toString('hex'), createdAt: this.#now(), revokedAt: null }
  }
}

function shown(record: KeyRecord): ApiKey {
  const { id, name, origin, permissions, instances, createdAt, expiresAt, revokedAt } = record
  return {
    id,
    name,
    origin,
    role: roleOf(record),
    permissions: [...permissions],
    instances: instances === 'all' ? 'all' : [...instances],
    createdAt,
    expiresAt,
    revokedAt,
  }
}
