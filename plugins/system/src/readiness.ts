import type { DatabaseState } from '@waqtor/contracts'
import type { Inspection } from '@waqtor/kernel'

export interface Readiness {
  readonly ready: boolean
  readonly plugins: 'ok' | 'starting' | 'down'
  readonly storage: 'ok' | Exclude<DatabaseState['state'], 'open'>
}

/** The worst first: what needs a person before what may pass. */
const worst = ['corrupt', 'failed', 'full', 'locked'] as const

/**
 * Whether the host can do its work. Anyone may ask, so it tells which part is not well and nothing more: no plugin, no
 * account and no file is named. Pure.
 * @param started every plugin's `ready` hook ran, and the host is not stopping
 */
export function readinessOf(
  started: boolean,
  plugins: Inspection['plugins'],
  storage: readonly DatabaseState[],
): Readiness {
  const up = plugins.every((it) => it.state === 'active')
  const state = worst.find((bad) => storage.some((it) => it.state === bad)) ?? 'ok'
  return {
    ready: started && up && state === 'ok',
    plugins: started ? (up ? 'ok' : 'down') : 'starting',
    storage: state,
  }
}
