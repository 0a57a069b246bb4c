import { parseConfig } from './config.ts'
import { type ErrorCode, type Problem, problem } from './errors.ts'
import type { PluginEntry } from './plugin.ts'
import { KERNEL_VERSION } from './version.ts'

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
export interface Assembly {
  /** Providers before those who need them; otherwise as in the config. */
  readonly order: readonly ResolvedPlugin[]
  readonly problems: readonly Problem[]
}

/**
 * Works out the order of start and every problem of a config at once. Pure: nothing is started, nothing is thrown.
 * @example const { order, problems } = resolve([sqlite(), campaigns()])
 */
export function resolve(entries: readonly PluginEntry[], kernelVersion: string = KERNEL_VERSION): Assembly {
  const problems: Problem[] = []
  const report = (code: ErrorCode, plugin: string, message: string): void => {
    problems.push(problem(code, plugin, message))
  }

  const unique = new Map<string, PluginEntry>()
  const providers = new Map<string, string>()
  for (const entry of entries) {
    const { name, kernel = '*', provides = [] } = entry.spec
    if (unique.has(name)) {
      report('WAQ_PLUGIN_DUPLICATE', name, 'the plugin is declared twice')
      continue
    }
    unique.set(name, entry)
    if (!satisfies(kernelVersion, kernel))
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
  const order = sort(plugins, (circle) => {
    report('WAQ_CYCLE', circle[0]!, `the plugins need each other in a circle: ${circle.join(' → ')}`)
  })
  return { order, problems }
}

// Depth first in the order of the config: deterministic, and a plugin moves up only as far as it is needed.
function sort(plugins: readonly ResolvedPlugin[], isCircle: (names: string[]) => void): ResolvedPlugin[] {
  const byName = new Map(plugins.map((it) => [it.name, it]))
  const order = new Set<ResolvedPlugin>()
  const path: string[] = []
  const visit = (plugin: ResolvedPlugin): void => {
    const { name, needs } = plugin
    if (order.has(plugin)) return
    const start = path.indexOf(name)
    if (start >= 0) {
      isCircle([...path.slice(start), name])
      return
    }
    path.push(name)
    for (const need of needs) visit(byName.get(need)!)
    path.pop()
    order.add(plugin)
  }
  for (const plugin of plugins) visit(plugin)
  return [...order]
}

/** `^1` and `*`: a plugin is made for one major version of the kernel's API, or does not care. */
function satisfies(version: string, range: string): boolean {
  return range === '*' || range === `^${version.split('.')[0]}`
}

/** Names of `changed` and of everything in `plugins` that stands on one of them, directly or not. */
export function dependents(plugins: readonly ResolvedPlugin[], changed: ReadonlySet<string>): Set<string> {
  const affected = new Set(changed)
  // The order is by need, so one pass reaches the indirect ones.
  for (const { name, needs } of plugins) if (needs.some((it) => affected.has(it))) affected.add(name)
  return affected
}
