import type { Principal } from '@waqtor/kernel'
import { nothing } from '../users/roles.ts'
import type { Users } from '../users/users.ts'

const nowhere: ReadonlySet<string> = new Set()

/**
 * A signed-in user. What it may do is looked up whenever it is asked for, so that a change counts at once, on connections
 * that are open as well; somebody who was disabled or removed may do nothing.
 */
export class UserPrincipal implements Principal {
  readonly id: string
  readonly credential?: string
  readonly #users: Users
  #instances: { readonly from: readonly string[]; readonly set: ReadonlySet<string> } | undefined

  /** @param credential the session that it came in with; absent where it is not there at the moment */
  constructor(users: Users, id: string, credential?: string) {
    this.#users = users
    this.id = id
    if (credential !== undefined) this.credential = credential
  }

  get role(): string {
    return this.#users.get(this.id)?.role ?? 'viewer'
  }

  get permissions(): ReadonlySet<string> {
    return this.#users.permissionsOf(this.id) ?? nothing
  }

  get instances(): ReadonlySet<string> | 'all' {
    const from = this.#users.get(this.id)?.instances
    if (from === undefined) return nowhere
    if (from === 'all') return from
    if (this.#instances?.from !== from) this.#instances = { from, set: new Set(from) }
    return this.#instances.set
  }
}
