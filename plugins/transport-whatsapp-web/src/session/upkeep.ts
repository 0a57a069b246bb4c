import type { TransportUsage } from '@waqtor/contracts'
import type { Ending } from '../mapping/reasons.ts'

export interface UpkeepLimits {
  readonly maxAgeMs: number
  readonly idleMs: number
  readonly maxMemoryBytes: number
}

const MB = 1024 * 1024

/**
 * Why a page that works is to be started anew all the same, if it is. Times are milliseconds. One that is always too large
 * would start anew for ever: that is no health, and counts as a loss.
 */
export function plannedRestart(
  {
    ageMs,
    quietMs,
    usage,
  }: { readonly ageMs: number; readonly quietMs: number; readonly usage: TransportUsage | null },
  { maxAgeMs, idleMs, maxMemoryBytes }: UpkeepLimits,
): Ending | undefined {
  const taken = usage?.memoryBytes ?? 0
  if (taken > maxMemoryBytes) {
    const [is, may] = [taken, maxMemoryBytes].map((it) => Math.round(it / MB))
    return { reason: `planned restart: Chromium takes ${is} MB, more than the ${may} MB it may` }
  }
  if (ageMs > maxAgeMs && quietMs > idleMs)
    return { reason: `planned restart: the page is ${Math.round(ageMs / 3_600_000)} h old and idle`, planned: true }
  return undefined
}
