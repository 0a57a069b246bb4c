import { parseConfig } from './config.ts'
import type { ErrorCode, Problem } from './errors.ts'
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
  const report = (code: ErrorCode, plugin: string, message: string, fix: string) =>
    problems.push({ code, plugin, message, fix })

  const unique = new Map<string, PluginEntry>()
  const providers = new Map<string, string>()
  for (const entry of entries) {
    const { name, kernel = '*', provides = [] } = entry.spec
    if (unique.has(name)) {
      report('WAQ_PLUGIN_DUPLICATE', name, 'the plugin is declared twice', 'Keep one entry.')
      continue
    }
    unique.set(name, entry)
    if (!satisfies(kernelVersion, kernel)) {
      const message = `the plugin is made for kernel ${kernel}, this is ${kernelVersion}`
      report('WAQ_KERNEL_RANGE', name, message, 'Install a version of the plugin for this kernel.')
    }
    for (const { id } of provides) {
      const first = providers.get(id)
      if (first === undefined) providers.set(id, name)
      else {
        const message = `the service '${id}' is provided by plugin '${first}' already`
        report('WAQ_SERVICE_DUPLICATE', name, message, `Remove '${first}' or '${name}' from the config.`)
      }
    }
  }

  const plugins = [...unique].map(([name, entry]): ResolvedPlugin => {
    const { requires = {}, optional = {} } = entry.spec
    for (const { id } of Object.values(requires)) {
      if (providers.has(id)) continue
      const message = `the service '${id}' is needed, and no plugin provides it`
      report('WAQ_SERVICE_MISSING', name, message, `Add a plugin that provides '${id}' to the config.`)
    }
    const parsed = parseConfig(entry)
    problems.push(...parsed.problems)
    const used = [...Object.values(requires), ...Object.values(optional)].map(({ id }) => providers.get(id))
    return { name, entry, config: parsed.config, needs: [...new Set(used.filter((it) => it !== undefined))] }
  })

  const { order, cycle } = sort(plugins)
  if (cycle) {
    const message = `the plugins need each other in a circle: ${cycle.join(' → ')}`
    report('WAQ_CYCLE', cycle[0]!, message, 'Replace one of these needs by an event or a hook.')
  }
  return { order, problems }
}

// Depth first in the order of the config: deterministic, and a plugin moves up only as far as it is needed.
function sort(plugins: readonly ResolvedPlugin[]): { order: ResolvedPlugin[]; cycle: string[] | undefined } {
  const byName = new Map(plugins.map((it) => [it.name, it]))
  const order: ResolvedPlugin[] = []
  const done = new Set<string>()
  const path: string[] = []
  let cycle: string[] | undefined

  const visit = (plugin: ResolvedPlugin): void => {
    if (done.has(plugin.name)) return
    const start = path.indexOf(plugin.name)
    if (start >= 0) {
      cycle ??= [...path.slice(start), plugin.name]
      return
    }
    path.push(plugin.name)
    for (const need of plugin.needs) visit(byName.get(need)!)
    path.pop()
    done.add(plugin.name)
    order.push(plugin)
  }
  for (const plugin of plugins) visit(plugin)
  return { order, cycle }
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
