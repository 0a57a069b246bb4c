import type { TransportUsage } from '@waqtor/contracts'

export interface UpkeepLimits {
  readonly maxAgeMs: number
  readonly idleMs: number
  readonly maxMemoryBytes: number
}

const MB = 1024 * 1024

/** Why a page that works is to be started anew all the same, if it is. Times are milliseconds. */
export function plannedRestart(
  {
    ageMs,
    quietMs,
    usage,
  }: { readonly ageMs: number; readonly quietMs: number; readonly usage: TransportUsage | null },
  { maxAgeMs, idleMs, maxMemoryBytes }: UpkeepLimits,
): string | undefined {
  const taken = usage?.memoryBytes ?? 0
  if (taken > maxMemoryBytes) {
    return `planned restart: Chromium takes ${Math.round(taken / MB)} MB, more than the ${Math.round(maxMemoryBytes / MB)} MB it may`
  }
  if (ageMs > maxAgeMs && quietMs > idleMs)
    return `planned restart: the page is ${Math.round(ageMs / 3_600_000)} h old and idle`
  return undefined
}
