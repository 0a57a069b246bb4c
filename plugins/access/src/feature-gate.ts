import type { Call, Denial, Guarded } from '@waqtor/kernel'
import type { CodeLength } from './contract/features.ts'
import { type FeatureTable, isBound } from './feature-table.ts'
import type { Opened } from './opened.ts'

export interface FeatureGateOptions {
  readonly table: FeatureTable
  readonly opened: Opened
  /** How many digits the codes of a feature have. */
  readonly codeLength: (feature: string) => CodeLength
  readonly now: () => number
}

/**
 * The tap on `authorize`. A command, an event, a channel or an asset is withheld by its permission alone, so nothing needs to
 * know that it is gated. Runs with every call: where nothing is gated for the caller it looks at a role and a map.
 */
export function featureGate({ table, opened, codeLength, now }: FeatureGateOptions) {
  return ({ permission }: Guarded, { principal }: Call): Denial | undefined => {
    if (!isBound(principal)) return undefined
    const features = table.of(permission)
    if (features.length === 0) return undefined
    const time = now()
    const locked = features.find((it) => opened.until(principal.id, it, time) === 0)
    return locked === undefined ? undefined : featureLocked(locked, codeLength(locked))
  }
}

function featureLocked(feature: string, codeLength: CodeLength): Denial {
  const reason = `the feature '${feature}' is locked`
  return { status: 403, code: 'feature_locked', reason, details: { feature, codeLength } }
}
