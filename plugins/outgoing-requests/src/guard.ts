import { isIP } from 'node:net'
import { canonicalAddress, isOfThisMachine, isPublic } from './address.ts'
import { refuse } from './refuse.ts'
import { placeIn, placeOf, type Target } from './target.ts'

export interface GuardOptions {
  /** `host:port` of what may be reached in private networks. */
  readonly allowPrivate?: readonly string[] | undefined
  /** The ports on which this host itself listens, at this moment. */
  readonly ownPorts?: (() => readonly number[]) | undefined
}

/** Decides which addresses may be connected to. Everything that is not public is refused, unless the operator listed it. */
export class Guard {
  readonly #allowed: ReadonlySet<string>
  readonly #ownPorts: () => readonly number[]

  constructor({ allowPrivate = [], ownPorts = () => [] }: GuardOptions) {
    this.#allowed = new Set(allowPrivate.map((it) => placeIn(it)).filter((it) => it !== undefined))
    this.#ownPorts = ownPorts
  }

  /** The address that a URL writes out; nothing when it names a host. @throws WaqtorError WAQ_URL_REFUSED (400) */
  literal(target: Target): string | undefined {
    if (isIP(target.hostname) === 0) return undefined
    this.demand(target, [target.hostname])
    return target.hostname
  }

  /**
   * Every single address must be good: which of them is connected to is not for the name's owner to decide.
   * @throws WaqtorError WAQ_URL_REFUSED (400)
   */
  demand(target: Target, addresses: readonly string[]): void {
    for (const address of addresses) {
      const why = this.#objection(target, address)
      // The address itself is not told: what names lead to inside a network is not everybody's to know.
      if (why) throw refuse('WAQ_URL_REFUSED', `'${target.place}' ${why}`)
    }
  }

  #objection({ place, port }: Target, address: string): string | undefined {
    const canonical = canonicalAddress(address)
    if (canonical === undefined) return 'leads to something that is no address'
    if (this.#ownPorts().includes(port) && isOfThisMachine(canonical)) return 'leads back to this very host'
    if (isPublic(address) || this.#allowed.has(place) || this.#allowed.has(placeOf(canonical, port))) return undefined
    return 'leads into a private or reserved network'
  }
}
