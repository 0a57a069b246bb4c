import type { PluginEntry, Problem } from '@waqtor/kernel'
import { definePlugin, z } from '@waqtor/kernel'
import type { LogLevel } from '../define-config.ts'
import { resolveEntries } from './resolve-entries.ts'

/** What a config says, checked as far as the host itself is concerned. */
export interface CheckedConfig {
  readonly entries: readonly PluginEntry[]
  /** Of each entry, its place in the `plugins` that the file exports: entries left out count. */
  readonly places: readonly number[]
  readonly data?: string
  readonly logLevel?: LogLevel
  readonly stopTimeoutMs: number
}

/** A problem with the config's own shape; `path` leads from the exported object. */
export type ShapeProblem = Problem & { readonly config: NonNullable<Problem['config']> }

/** Just below the 10 s after which supervisors kill, as a rule. */
const defaultStopTimeoutMs = 9_500

// Checked like any plugin's options, so that unknown keys get the same treatment.
const own = definePlugin({
  name: 'host',
  config: z.strictObject({
    plugins: z.array(z.unknown()),
    data: z.string().min(1).optional(),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
    stopTimeoutMs: z.int().min(100).max(600_000).optional(),
  }),
  setup() {},
})

/** Looks at what the config file exports. Pure; finds every problem. */
export function checkShape(exports: Readonly<Record<string, unknown>>): {
  readonly config?: CheckedConfig
  readonly problems: readonly ShapeProblem[]
} {
  const config = exports.default
  const problem = problemOfExport(config, Object.keys(exports))
  if (problem) return { problems: [problem] }

  const value = config as { readonly plugins: unknown[] } & Partial<CheckedConfig>
  const problems = resolveEntries([own(value)]).problems.map((it) => ({ ...it, config: it.config ?? { path: [] } }))
  if (!Array.isArray(value.plugins)) return { problems }

  const entries: PluginEntry[] = []
  const places: number[] = []
  for (const [place, it] of value.plugins.entries()) {
    if (it === false || it === null || it === undefined) continue
    const wrong = problemOfEntry(it)
    if (wrong) problems.push(shapeProblem(wrong.message, wrong.fix, ['plugins', place]))
    else {
      entries.push(it as PluginEntry)
      places.push(place)
    }
  }
  const { data, logLevel, stopTimeoutMs = defaultStopTimeoutMs } = value
  return {
    problems,
    config: {
      entries,
      places,
      stopTimeoutMs,
      ...(data !== undefined && { data }),
      ...(logLevel !== undefined && { logLevel }),
    },
  }
}

const wanted = 'Write `export default defineConfig({ plugins: [ … ] })`.'

function problemOfExport(config: unknown, names: readonly string[]): ShapeProblem | undefined {
  if (config === undefined) {
    const others = names.filter((it) => it !== 'default')
    return shapeProblem(
      others.length > 0 ? `there is no default export, only ${others.join(', ')}` : 'there is no default export',
      wanted,
    )
  }
  if (isThenable(config)) return shapeProblem('the default export is a promise', 'Put `await` in front of it.')
  if (typeof config === 'function')
    return shapeProblem('the default export is a function', `Export what it returns. ${wanted}`)
  if (Array.isArray(config)) return shapeProblem('the default export is a list', wanted)
  if (typeof config !== 'object' || config === null)
    return shapeProblem(`the default export is ${config === null ? 'null' : `a ${typeof config}`}`, wanted)
  return undefined
}

function problemOfEntry(it: unknown): { readonly message: string; readonly fix: string } | undefined {
  const named = (it as { spec?: { name?: unknown } } | undefined)?.spec?.name
  if (typeof it === 'function') {
    return typeof named === 'string'
      ? { message: `'${named}' stands there without a call`, fix: `Call it: ${it.name || named}().` }
      : { message: 'a function is no plugin entry', fix: 'Call it if it makes one, or remove it.' }
  }
  if (isThenable(it)) return { message: 'a promise is no plugin entry', fix: 'Put `await` in front of it.' }
  if (Array.isArray(it)) return { message: 'a list is no plugin entry', fix: 'Spread it: `...list`.' }
  if (typeof it !== 'object' || it === null)
    return { message: `a ${typeof it} is no plugin entry`, fix: 'Import the plugin and call it.' }
  if (isEntry(it)) return undefined
  if ('onLoad' in it || 'onMessage' in it || 'onSessionChange' in it || 'commands' in it)
    return { message: 'an object of the older plugin shape', fix: 'Wrap it: `classic(plugin)`.' }
  return { message: 'the object is no plugin entry', fix: 'Make the plugin with definePlugin, and call it.' }
}

function isEntry(it: object): boolean {
  const { spec } = it as Partial<PluginEntry>
  return (
    typeof spec === 'object' &&
    spec !== null &&
    typeof spec.name === 'string' &&
    typeof spec.setup === 'function' &&
    typeof spec.config?.safeParse === 'function'
  )
}

function shapeProblem(message: string, fix: string, path: readonly (string | number)[] = []): ShapeProblem {
  return { code: 'WAQ_CONFIG_SHAPE', plugin: 'host', message, fix, config: { path } }
}

function isThenable(it: unknown): boolean {
  return typeof (it as { then?: unknown } | undefined)?.then === 'function'
}
