import { type DatabaseFile, type EventLog, fail, type Tx } from '@waqtor/contracts'
import type { Call, Principal, WaqtorError } from '@waqtor/kernel'
import { westernDigits } from './code.ts'
import { type CodeKey, findDigest } from './code-key.ts'
import type { CodeRecord, CodeStore } from './code-store.ts'
import { AccessBlocked, AccessUnlocked } from './contract/events.ts'
import type { Feature } from './contract/features.ts'
import { type FeatureTable, isBound } from './feature-table.ts'
import { networkOf } from './network.ts'
import type { Opened } from './opened.ts'
import type { Openings } from './openings.ts'
import { EVER, isBlocked, mayTry, noTries, raised, succeeded, type Tries, waitUntil } from './tries.ts'
import { ofNetwork, ofUser, triesStore } from './tries-store.ts'

export interface VerificationOptions {
  readonly file: DatabaseFile
  readonly events: EventLog
  readonly store: CodeStore
  readonly openings: Openings
  readonly opened: Opened
  readonly key: CodeKey
  readonly table: FeatureTable
  readonly codeLength: (feature: string) => Feature['codeLength']
  readonly now: () => number
}

/** People enter codes here, and see what is locked for them. */
export class Verification {
  readonly #options: VerificationOptions

  constructor(options: VerificationOptions) {
    this.#options = options
  }

  /** How things stand for the caller. */
  async state({ principal, address }: Call) {
    const { table, file, now } = this.#options
    const time = now()
    const [user, network] = await Promise.all([
      triesStore.get(file, ofUser(principal!.id)),
      triesStore.get(file, ofNetwork(networkOf(address))),
    ])
    const wait = Math.max(waitUntil(user, time), waitUntil(perDayOnly(network), time))
    return {
      items: table.names.map((it) => this.#feature(principal!, it)),
      nextCursor: null,
      waitUntil: wait === 0 ? null : wait,
      blocked: isBlocked(user),
    }
  }

  /**
   * Enters a code. A wrong one, an expired, a used or a revoked one, one for somebody else or for something else, and any
   * code while none is looked at are all refused alike, after the same work.
   * @throws WaqtorError WAQ_ACCESS_CODE_REFUSED (403), WAQ_NOT_FOUND for a feature that is not there
   */
  async verify({ feature, code }: { readonly feature: string; readonly code: string }, call: Call) {
    const { table, key, file } = this.#options
    const principal = call.principal!
    if (!table.has(feature)) throw fail('WAQ_NOT_FOUND', `there is no feature '${feature}'`)
    // What is open for good needs no code, and none is used up for it.
    if (this.#until(principal, feature) !== Number.POSITIVE_INFINITY) {
      const digest = key.digest(westernDigits(code))
      const right = await file.write((tx) => this.#judge(tx, call, feature, digest))
      if (!right) throw refused(feature)
    }
    const until = this.#until(principal, feature)
    const features = table.gated.filter((it) => this.#until(principal, it) > 0)
    return { feature, unlocked: true as const, until: until === Number.POSITIVE_INFINITY ? null : until, features }
  }

  /** One try: counted first, then looked at, in one transaction, so that no two of them are judged by the same count. */
  async #judge(tx: Tx, call: Call, feature: string, digest: Buffer): Promise<boolean> {
    const { store, key, now } = this.#options
    const { id } = call.principal!
    const network = networkOf(call.address)
    const time = now()
    const user = await triesStore.get(tx, ofUser(id))
    const address = await triesStore.get(tx, ofNetwork(network))
    const counts = mayTry(user, time) && (network === undefined || mayTry(perDayOnly(address), time))
    const next = counts ? raised(user, time) : user
    await triesStore.put(tx, ofUser(id), next)
    await triesStore.put(tx, ofNetwork(network), counts && network !== undefined ? raised(address, time) : address)
    await triesStore.prune(tx, time)

    const match = findDigest(await store.activeFor(tx, id, key.id, time), digest)
    if (!counts || !match || !opens(match, feature)) {
      if (counts && next.failures === EVER) await this.#tellBlocked(tx, id, time)
      return false
    }
    await triesStore.put(tx, ofUser(id), succeeded(next))
    await this.#open(tx, match, id, time)
    return true
  }

  async #open(tx: Tx, { id: codeId, features, opensMs }: CodeRecord, userId: string, time: number): Promise<void> {
    const { store, openings, events } = this.#options
    const until = opensMs === null ? null : time + opensMs
    await store.use(tx, codeId)
    await openings.open(tx, { userId, features, codeId, unlockedAt: time, until })
    const shown = features === 'all' ? features : [...features]
    await events.record(tx, AccessUnlocked, { userId, features: shown, codeId, until, timestamp: time })
  }

  async #tellBlocked(tx: Tx, userId: string, timestamp: number): Promise<void> {
    await this.#options.events.record(tx, AccessBlocked, { userId, failures: EVER, timestamp })
  }

  #feature(principal: Principal, feature: string): Feature {
    const { table, codeLength } = this.#options
    const until = this.#until(principal, feature)
    return {
      feature,
      gated: table.isGated(feature),
      locked: until === 0,
      until: until === 0 || until === Number.POSITIVE_INFINITY ? null : until,
      codeLength: codeLength(feature),
    }
  }

  #until(principal: Principal, feature: string): number {
    const { table, opened, now } = this.#options
    if (!isBound(principal) || !table.isGated(feature)) return Number.POSITIVE_INFINITY
    return opened.until(principal.id, feature, now())
  }
}

/** Many people may share an address: it waits for nobody's mistakes, but has no more than its tries a day. */
function perDayOnly({ recent }: Tries): Tries {
  return { ...noTries, recent }
}

function opens({ features }: CodeRecord, feature: string): boolean {
  return features === 'all' || features.includes(feature)
}

function refused(feature: string): WaqtorError {
  return fail('WAQ_ACCESS_CODE_REFUSED', `the code does not open '${feature}'`)
}
