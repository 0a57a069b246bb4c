import { HostInfo } from '@waqtor/contracts'
import type { PluginEntry } from '@waqtor/kernel'

export interface SafeSet {
  readonly entries: readonly PluginEntry[]
  /** Plugins that are not official. */
  readonly left: readonly string[]
  /** Official ones that cannot run without one of those. */
  readonly stranded: readonly string[]
}

/**
 * The entries of official plugins that can run by themselves. Pure.
 * @param given ids of the services that the host itself provides
 */
export function safeSet(
  entries: readonly PluginEntry[],
  official: ReadonlySet<string>,
  given: readonly string[] = [HostInfo.id],
): SafeSet {
  const left = entries.filter((it) => !official.has(it.spec.name)).map((it) => it.spec.name)
  let kept = entries.filter((it) => official.has(it.spec.name))
  for (;;) {
    const provided = new Set([...given, ...kept.flatMap((it) => (it.spec.provides ?? []).map(({ id }) => id))])
    const whole = kept.filter((it) => Object.values(it.spec.requires ?? {}).every(({ id }) => provided.has(id)))
    if (whole.length === kept.length) break
    kept = whole
  }
  const names = new Set(kept.map((it) => it.spec.name))
  const stranded = entries.map((it) => it.spec.name).filter((it) => official.has(it) && !names.has(it))
  return { entries: kept, left, stranded }
}
