import { fail, type RateLimits, type Tx } from '@waqtor/contracts'
import { type Principal, WaqtorError } from '@waqtor/kernel'
import type { ApiKey } from '../contract/keys.ts'
import { digestOf, drawCredential, idOf } from './credential.ts'
import { Keyring } from './keyring.ts'
import { beyond, type Grant, roleOf } from './reach.ts'
import type { KeyRecord, KeyStore } from './store.ts'

const everything: Grant = { permissions: ['*'], instances: 'all' }

export interface NewKey extends Grant {
  readonly name: string
  readonly gated: boolean
  readonly rateLimit: RateLimits | null
  readonly expiresAt: number | null
}

/** More that is written in the same commit, about this key. */
type Also = (tx: Tx, key: KeyRecord) => Promise<unknown>

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
  async create(maker: Principal, wanted: NewKey, also?: Also): Promise<ApiKey & { key: string }> {
    const { expiresAt, gated } = wanted
    const excess = beyond(maker, wanted) ?? (maker.role === 'gated' && !gated ? 'freedom from access codes' : undefined)
    if (excess) throw new WaqtorError('WAQ_FORBIDDEN', `a key cannot be given ${excess} by one that lacks it`)
    if (expiresAt !== null && expiresAt <= this.#now()) {
      const message = 'must lie in the future'
      throw new WaqtorError('WAQ_INPUT_INVALID', `the end of the key ${message}`, {
        details: { errors: [{ path: 'expiresAt', message }] },
      })
    }
    const { id, text } = drawCredential()
    const record = this.#record(id, digestOf(text), { ...wanted, origin: 'created', createdBy: maker.id })
    await this.#add(record, [], also)
    return { ...this.#shown(record), key: text }
  }

  /** A page of the keys that `viewer` may know of. */
  async list(viewer: Principal, after: string, limit: number): Promise<{ items: ApiKey[]; nextCursor: string | null }> {
    const records = await this.#store.page(after, limit)
    return {
      items: records.filter((it) => !beyond(viewer, it)).map((it) => this.#shown(it)),
      nextCursor: records.length === limit ? records.at(-1)!.id : null,
    }
  }

  /** @throws WaqtorError WAQ_NOT_FOUND, also for a key that is out of `viewer`'s reach */
  async get(viewer: Principal, id: string): Promise<ApiKey> {
    return this.#shown(await this.#within(viewer, id))
  }

  /** Ends a key; when this answers, it opens nothing any more. */
  async revoke(viewer: Principal, id: string, also?: Also): Promise<ApiKey> {
    const record = await this.#within(viewer, id)
    await this.flush()
    await this.#store.revoke(id, this.#now(), (tx) => also?.(tx, record) ?? Promise.resolve())
    this.ring.remove(id)
    return this.#shown((await this.#store.get(id))!)
  }

  /** Writes down when keys were last used: now and then, since a write for each request would cost more than the request. */
  async flush(): Promise<void> {
    const used = this.ring.takeUsed()
    if (used.size > 0) await this.#store.markUsed(used)
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
    const record = this.ring.recordOf(credential, this.#now())
    return record?.origin === 'local' && record.id === idOf('key', credential)
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

  async #add(record: KeyRecord, replaced: readonly string[] = [], also?: Also): Promise<void> {
    await this.#store.add(record, replaced, (tx) => also?.(tx, record) ?? Promise.resolve())
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
    rest: Pick<KeyRecord, 'name' | 'origin' | 'permissions' | 'instances'> & Partial<KeyRecord>,
  ): KeyRecord {
    const usual = { gated: false, rateLimit: null, createdBy: null, expiresAt: null, revokedAt: null, lastUsedAt: null }
    return { ...usual, ...rest, id, digest: digest.toString('hex'), createdAt: this.#now() }
  }

  #shown(record: KeyRecord): ApiKey {
    const { digest: _, permissions, instances, rateLimit, ...plain } = record
    return {
      ...plain,
      role: roleOf(record),
      permissions: [...permissions],
      instances: instances === 'all' ? 'all' : [...instances],
      rateLimit: rateLimit && { ...rateLimit },
      lastUsedAt: this.ring.lastUsedAt(record.id) ?? record.lastUsedAt,
    }
  }
}
