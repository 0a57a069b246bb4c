import { isDeepStrictEqual } from 'node:util'
import { parseConfig } from './config.ts'
import { type Problem, problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'

/** Version of the plugin API; what `kernel: '^1'` in a plugin is compared with. */
export const KERNEL_VERSION = '1.0.0'

/** A plugin with its parsed options and the plugins it stands on. */
export interface ResolvedPlugin {
  readonly name: string
  readonly entry: PluginEntry
  /** Parsed options. */
  readonly config: unknown
  /** Names of the plugins whose services it uses. */
  readonly needs: readonly string[]
}

/** The outcome of `resolve`: an order to start in, or what is in the way. */
export type Assembly = ReturnType<typeof resolve>

/**
 * Works out the order of start and every problem of a config at once. Pure: nothing is started, nothing is thrown.
 * Providers come before those who need them; otherwise the order is that of the config.
 * @example const { order, problems } = resolve([sqlite(), campaigns()])
 */
export function resolve(entries: readonly PluginEntry[], kernelVersion: string = KERNEL_VERSION) {
  const problems: Problem[] = []
  const report = (...of: Parameters<typeof problem>) => problems.push(problem(...of))
  const unique = new Map<string, PluginEntry>()
  const providers = new Map<string, string>()
  for (const entry of entries) {
    const { name, kernel = '*', provides = [] } = entry.spec
    if (unique.has(name)) {
      report('WAQ_PLUGIN_DUPLICATE', name, 'the plugin is declared twice')
      continue
    }
    unique.set(name, entry)
    // A plugin is made for one major version of the kernel's API, or does not care.
    if (kernel !== '*' && kernel !== `^${kernelVersion.split('.')[0]}`)
      report('WAQ_KERNEL_RANGE', name, `the plugin is made for kernel ${kernel}, this is ${kernelVersion}`)
    for (const { id } of provides) {
      const first = providers.get(id)
      if (first) report('WAQ_SERVICE_DUPLICATE', name, `the service '${id}' is provided by plugin '${first}' already`)
      else providers.set(id, name)
    }
  }

  const plugins = [...unique].map(([name, entry]): ResolvedPlugin => {
    const required = Object.values(entry.spec.requires ?? {}).map((it) => it.id)
    const optional = Object.values(entry.spec.optional ?? {}).map((it) => it.id)
    for (const id of required.filter((it) => !providers.has(it)))
      report('WAQ_SERVICE_MISSING', name, `the service '${id}' is needed, and no plugin provides it`)
    const parsed = parseConfig(entry)
    problems.push(...parsed.problems)
    const needs = new Set([...required, ...optional].flatMap((it) => providers.get(it) ?? []))
    return { name, entry, config: parsed.config, needs: [...needs] }
  })
  const order = sort(plugins, (circle) =>
    report('WAQ_CYCLE', circle[0]!, `the plugins need each other in a circle: ${circle.join(' → ')}`),
  )
  return { order, problems }
}

// Depth first in the order of the config: deterministic, and a plugin moves up only as far as it is needed.
function sort(plugins: readonly ResolvedPlugin[], isCircle: (names: readonly string[]) => void): ResolvedPlugin[] {
  const byName = new Map(plugins.map((it) => [it.name, it]))
  const order = new Set<ResolvedPlugin>()
  const visit = (plugin: ResolvedPlugin, path: readonly string[]): void => {
    const { name, needs } = plugin
    if (path.includes(name)) isCircle([...path.slice(path.indexOf(name)), name])
    else if (!order.has(plugin)) {
      for (const need of needs) visit(byName.get(need)!, [...path, name])
      order.add(plugin)
    }
  }
  for (const plugin of plugins) visit(plugin, [])
  return [...order]
}

/** Names of what came, went, or has another definition, other options or other providers, and of all that stands on it. */
export function affected(before: readonly ResolvedPlugin[], after: readonly ResolvedPlugin[]): Set<string> {
  const same = (a: ResolvedPlugin, b: ResolvedPlugin) =>
    a.entry.spec === b.entry.spec && isDeepStrictEqual([a.config, a.needs], [b.config, b.needs])
  const names = new Set<string>()
  // Both are ordered by need, so one pass over each reaches what stands on another only indirectly.
  const look = (these: readonly ResolvedPlugin[], those: readonly ResolvedPlugin[]) => {
    for (const it of these)
      if (!those.some((other) => same(it, other)) || it.needs.some((need) => names.has(need))) names.add(it.name)
  }
  look(before, after)
  look(after, before)
  return names
}
