import type { Principal } from '@waqtor/kernel'
import type { Config } from './config.ts'

/** Whom the gating does not bind: administrators, ordinary keys, and the system itself. A role that is new is bound. */
const freeRoles: ReadonlySet<string> = new Set(['admin', 'scoped', 'system'])

/** True for people, and for keys that were made to be gated like them. */
export function isBound(principal: Principal | null): principal is Principal {
  return principal !== null && !freeRoles.has(principal.role)
}

const none: readonly string[] = []

/** Which permission belongs to which features, and which of those are gated. */
export class FeatureTable {
  readonly names: readonly string[]
  readonly gated: readonly string[]
  readonly #byPermission = new Map<string, string[]>()
  /** Found once for each permission that is asked for: the gate runs with every call. */
  readonly #found = new Map<string, readonly string[]>()

  constructor({ features, gated }: Pick<Config, 'features' | 'gated'>) {
    this.names = Object.keys(features)
    this.gated = this.names.filter((it) => gated.includes(it))
    for (const name of this.gated) {
      for (const permission of features[name]!.permissions) {
        const those = this.#byPermission.get(permission) ?? []
        this.#byPermission.set(permission, [...those, name])
      }
    }
  }

  has(feature: string): boolean {
    return this.names.includes(feature)
  }

  isGated(feature: string): boolean {
    return this.gated.includes(feature)
  }

  /** The gated features that a permission belongs to; all of them must be open. */
  of(permission: string): readonly string[] {
    const known = this.#found.get(permission)
    if (known) return known
    const area = permission.split(':')[0]
    const features = [permission, `${area}:*`].flatMap((it) => this.#byPermission.get(it) ?? [])
    const found = features.length === 0 ? none : [...new Set(features)]
    this.#found.set(permission, found)
    return found
  }
}
