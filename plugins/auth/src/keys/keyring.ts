import { timingSafeEqual } from 'node:crypto'
import type { RateLimits } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { digestOf, idOf, keptDigest } from './credential.ts'
import { roleOf } from './reach.ts'
import type { KeyRecord } from './store.ts'

interface Entry {
  readonly record: KeyRecord
  readonly digest: Buffer
  readonly principal: Principal
  lastUsedAt: number | null
}

/** Compared with when there is nothing to compare with, so that an unknown id takes as long as a wrong secret. */
const nobody = Buffer.alloc(32)

/** The keys that are good at present, in memory: a request costs no look into the database. */
export class Keyring {
  readonly #entries = new Map<string, Entry>()
  /** Used since it was last asked. */
  #used = new Set<Entry>()
  /** The key from the environment may be any string, so there is no id in it to look it up by. */
  #environment: Entry | undefined

  add(record: KeyRecord): void {
    const { id, permissions, instances } = record
    const principal: Principal = Object.freeze({
      id,
      role: roleOf(record),
      permissions: new Set(permissions),
      instances: instances === 'all' ? 'all' : new Set(instances),
    })
    const { lastUsedAt } = record
    const entry = { record, digest: keptDigest(record.digest), principal, lastUsedAt }
    this.#entries.set(id, entry)
    if (record.origin === 'environment') this.#environment = entry
  }

  remove(id: string): void {
    this.#entries.delete(id)
    if (this.#environment?.record.id === id) this.#environment = undefined
  }

  /** Who holds this credential now; nothing when it is wrong or has expired. Counts as a use of it. */
  verify(credential: string, now: number): Principal | undefined {
    const entry = this.#find(credential, now)
    if (!entry) return undefined
    entry.lastUsedAt = now
    this.#used.add(entry)
    return entry.principal
  }

  /** The key that has this credential, as `verify` finds it. */
  recordOf(credential: string, now: number): KeyRecord | undefined {
    return this.#find(credential, now)?.record
  }

  #find(credential: string, now: number): Entry | undefined {
    const id = idOf('key', credential)
    const entry = (id !== undefined && this.#entries.get(id)) || this.#environment
    // Node reads header values as Latin-1: this way the bytes are those that the client sent.
    const right = timingSafeEqual(digestOf(credential, 'latin1'), entry?.digest ?? nobody)
    if (!entry || !right) return undefined
    const { expiresAt } = entry.record
    return expiresAt !== null && expiresAt <= now ? undefined : entry
  }

  records(): KeyRecord[] {
    return [...this.#entries.values()].map((it) => it.record)
  }

  /** Whoever holds a key that is good now. */
  principals(now: number): Principal[] {
    const good = [...this.#entries.values()].filter(({ record: { expiresAt } }) => (expiresAt ?? Infinity) > now)
    return good.map((it) => it.principal)
  }

  limitOf(id: string): RateLimits | undefined {
    return this.#entries.get(id)?.record.rateLimit ?? undefined
  }

  lastUsedAt(id: string): number | null {
    return this.#entries.get(id)?.lastUsedAt ?? null
  }

  /** When keys were last used, of those that were since this was last asked. */
  takeUsed(): ReadonlyMap<string, number> {
    const used = this.#used
    this.#used = new Set()
    return new Map([...used].map((it) => [it.record.id, it.lastUsedAt!]))
  }

  /** When the next key comes to its end, after `now`; nothing when none does. */
  nextEnd(now: number): number | undefined {
    const ends = this.records().flatMap(({ expiresAt }) => (expiresAt !== null && expiresAt > now ? [expiresAt] : []))
    return ends.length === 0 ? undefined : Math.min(...ends)
  }
}
