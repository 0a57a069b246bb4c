import { lookup } from 'node:dns/promises'
import { messageOf } from '@waqtor/kernel'
import { refuse } from './refuse.ts'

/** Answers the addresses of a name, as the system finds them. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** What the system knows, its hosts file included. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map((it) => it.address)

/**
 * A look-up occupies one of the few threads that files are read on as well, and a name server that keeps silent holds it
 * for ten seconds: so many are left to it, and each name is looked up once at a time.
 */
const AT_ONCE = 2

/** Looks names up, a few at a time. */
export class Resolver {
  readonly #resolve: Resolve
  readonly #underWay = new Map<string, Promise<readonly string[]>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(resolve: Resolve) {
    this.#resolve = resolve
  }

  /** @throws WaqtorError WAQ_OUTGOING_FAILED (502) when there is no such name, or nobody tells */
  addresses(hostname: string): Promise<readonly string[]> {
    const asked = this.#underWay.get(hostname)
    if (asked) return asked
    const asking = this.#ask(hostname).finally(() => this.#underWay.delete(hostname))
    this.#underWay.set(hostname, asking)
    return asking
  }

  async #ask(hostname: string): Promise<readonly string[]> {
    // Whoever waits takes over the place of the one that has finished.
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      const addresses = await this.#resolve(hostname)
      if (addresses.length > 0) return addresses
      throw refuse('WAQ_OUTGOING_FAILED', `the name '${hostname}' has no address`)
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code
      const why = code === 'ENOTFOUND' ? 'is not known' : `could not be looked up: ${code ?? messageOf(cause)}`
      throw refuse('WAQ_OUTGOING_FAILED', `the name '${hostname}' ${why}`, { cause })
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
