import { parseConfig } from './config.ts'
import type { Problem } from './errors.ts'
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
  const unique = new Map<string, PluginEntry>()
  for (const entry of entries) {
    const { name } = entry.spec
    if (unique.has(name))
      problems.push({
        code: 'WAQ_PLUGIN_DUPLICATE',
        plugin: name,
        message: 'the plugin is declared twice',
        fix: 'Keep one entry.',
      })
    else unique.set(name, entry)
  }

  const providers = findProviders(unique, problems)
  const plugins = [...unique.values()].map((entry): ResolvedPlugin => {
    const { name, kernel = '*' } = entry.spec
    if (!satisfies(kernelVersion, kernel)) {
      problems.push({
        code: 'WAQ_KERNEL_RANGE',
        plugin: name,
        message: `the plugin is made for kernel ${kernel}, this is ${kernelVersion}`,
        fix: 'Install a version of the plugin for this kernel.',
      })
    }
    const parsed = parseConfig(entry)
    if ('problems' in parsed) problems.push(...parsed.problems)
    return {
      name,
      entry,
      config: 'config' in parsed ? parsed.config : undefined,
      needs: findNeeds(entry, providers, problems),
    }
  })
  const { order, cycle } = sort(plugins)
  if (cycle) {
    problems.push({
      code: 'WAQ_CYCLE',
      plugin: cycle[0]!,
      message: `the plugins need each other in a circle: ${cycle.join(' → ')}`,
      fix: 'Replace one of these needs by an event or a hook.',
    })
  }
  return { order, problems }
}

function findProviders(entries: ReadonlyMap<string, PluginEntry>, problems: Problem[]): Map<string, string> {
  const providers = new Map<string, string>()
  for (const { spec } of entries.values()) {
    for (const { id } of spec.provides ?? []) {
      const first = providers.get(id)
      if (first === undefined) providers.set(id, spec.name)
      else
        problems.push({
          code: 'WAQ_SERVICE_DUPLICATE',
          plugin: spec.name,
          message: `the service '${id}' is provided by plugin '${first}' already`,
          fix: `Remove '${first}' or '${spec.name}' from the config.`,
        })
    }
  }
  return providers
}

function findNeeds({ spec }: PluginEntry, providers: ReadonlyMap<string, string>, problems: Problem[]): string[] {
  const needs = new Set<string>()
  for (const { id } of Object.values(spec.requires ?? {})) {
    const provider = providers.get(id)
    if (provider) needs.add(provider)
    else
      problems.push({
        code: 'WAQ_SERVICE_MISSING',
        plugin: spec.name,
        message: `the service '${id}' is needed, and no plugin provides it`,
        fix: `Add a plugin that provides '${id}' to the config.`,
      })
  }
  for (const { id } of Object.values(spec.optional ?? {})) {
    const provider = providers.get(id)
    if (provider) needs.add(provider)
  }
  return [...needs]
}

// Depth first in the order of the config: deterministic, and a plugin moves up only as far as it is needed.
function sort(plugins: readonly ResolvedPlugin[]): { order: ResolvedPlugin[]; cycle?: string[] } {
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
  return cycle ? { order, cycle } : { order }
}

/** `^1`, `^1.2`, `^1.2.3` and `*`: all that a plugin can ask of the kernel's API. */
function satisfies(version: string, range: string): boolean {
  if (range === '*') return true
  const wanted = /^\^(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(range)
  if (!wanted) return false
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor, wantedPatch] = wanted.slice(1).map((it) => Number(it ?? 0)) as [
    number,
    number,
    number,
  ]
  return major === wantedMajor && (minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch))
}

/** Names of `changed` and of everything in `plugins` that stands on one of them, directly or not. */
export function dependents(plugins: readonly ResolvedPlugin[], changed: ReadonlySet<string>): Set<string> {
  const affected = new Set(changed)
  // The order is by need, so one pass reaches the indirect ones.
  for (const { name, needs } of plugins) if (needs.some((it) => affected.has(it))) affected.add(name)
  return affected
}
