import type { RateLimits } from '@waqtor/contracts'
import type { Principal } from '@waqtor/kernel'
import { Allowance } from './allowance.ts'

/**
 * The limits of keys that were given one of their own: over all the connections that such a key holds, since more of them
 * must not allow it more.
 */
export class OwnLimits {
  readonly #limitOf: (principal: Principal) => RateLimits | undefined
  /** Kept when the key's last connection ends, or coming back would make it whole again. There are no more than keys. */
  readonly #allowances = new Map<string, Allowance>()

  constructor(limitOf: (principal: Principal) => RateLimits | undefined) {
    this.#limitOf = limitOf
  }

  /** Takes a message from what the principal may send; false when there is none left. */
  take(principal: Principal, now: number): boolean {
    const limits = this.#limitOf(principal)
    if (!limits) return true
    const allowance = this.#allowances.get(principal.id) ?? new Allowance(limits)
    this.#allowances.set(principal.id, allowance)
    return allowance.take(now)
  }
}
