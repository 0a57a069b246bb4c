import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
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

/** Parses the options of one entry; an option that its author does not let in is a problem. */
function parseConfig({ spec, config }: PluginEntry): { config?: unknown; problems: readonly Problem[] } {
  // zod drops unknown options in silence unless the schema is strict; a typing mistake must be seen whatever the author chose.
  const closed = spec.config instanceof z.ZodObject && !spec.config.def.catchall
  const { data, error } = (closed ? (spec.config as z.ZodObject).strict() : spec.config).safeParse(config)
  return { config: data, problems: (error?.issues ?? []).flatMap((it) => problemsOf(it, spec.name, config)) }
}

function problemsOf(issue: z.core.$ZodIssue, plugin: string, config: unknown): Problem[] {
  const path = issue.path.map((it) => (typeof it === 'number' ? it : String(it)))
  const wrong = (at: typeof path, message: string, found: { readonly got: string; readonly expected?: string }) => {
    const where = at.length > 0 ? `option '${at.join('.')}'` : 'the options'
    return { ...problem('WAQ_CONFIG_INVALID', plugin, `${where}: ${message}`), config: { path: at, ...found } }
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => wrong([...path, key], 'there is no such option', { got: 'an unknown key' }))
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], config)
  // What a value is, without the value: options may be secrets.
  const got = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const expected = 'expected' in issue ? issue.expected : 'values' in issue && issue.values.join(' | ')
  return [wrong(path, issue.message, { got, ...(expected && { expected }) })]
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
