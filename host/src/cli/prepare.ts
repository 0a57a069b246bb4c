import { readFileSync } from 'node:fs'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { type Assembly, isWaqtorError, messageOf, type PluginEntry, type StartupError } from '@waqtor/kernel'
import { findConfig, shownPath } from '../config/config-file.ts'
import { ConfigLoader, type Import, type LoadedConfig, placeProblems } from '../config/load-config.ts'
import { resolveEntries } from '../config/resolve-entries.ts'
import type { LogLevel } from '../define-config.ts'
import { type DotEnv, readDotEnv } from '../options/dotenv.ts'
import { type Options, readOptions, strangeVariables } from '../options/options.ts'
import type { PlacedProblem } from '../problem.ts'
import { HostPlugins } from '../run/host-plugins.ts'
import { userDirectory, userPath, type World } from './world.ts'

/** Everything that can be said before anything is started. */
export interface Prepared {
  readonly options: Options
  /** Absent when the file could not be read. */
  readonly config: LoadedConfig | undefined
  readonly loader: ConfigLoader | undefined
  /** The order of start, the host's own plugins included. */
  readonly assembly: Assembly | undefined
  /** All of them: of flags and environment, of the file, of how the plugins fit together. */
  readonly problems: readonly PlacedProblem[]
  /** What is not wrong, and probably not meant. */
  readonly hints: readonly string[]
  readonly resolveMs: number
}

export interface PrepareOptions {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly defaultLogLevel?: LogLevel
  /** Of the entries, those that are looked at. */
  readonly select?: (entries: readonly PluginEntry[]) => readonly PluginEntry[]
  readonly importModule?: Import
}

/** Reads flags, environment, `.env` and the config file, and works out how the plugins fit together. Throws nothing. */
export async function prepare(world: World, options: PrepareOptions): Promise<Prepared> {
  const env = { ...world.env }
  const dotEnv = readDotEnvFile(world.cwd)
  for (const [name, value] of dotEnv?.values ?? []) world.env[name] ??= value

  const problems: PlacedProblem[] = []
  let loader: ConfigLoader | undefined
  let config: LoadedConfig | undefined
  try {
    loader = new ConfigLoader(findConfig(namedConfig(world, options), world.cwd), world.cwd, options.importModule)
    config = await loader.load()
  } catch (error) {
    problems.push(...problemsIn(error))
  }

  const read = readOptions({
    flags: options.flags,
    env,
    dotEnv,
    config,
    configName: config?.name ?? 'config',
    directories: {
      user: userDirectory(world),
      working: world.cwd,
      config: config?.directory ?? world.cwd,
    },
    ...(options.defaultLogLevel && { defaultLogLevel: options.defaultLogLevel }),
  })
  problems.unshift(...read.problems)

  const started = performance.now()
  const assembly = config && assemble(options.select?.(config.entries) ?? config.entries)
  if (config && assembly) problems.push(...(await placeAll(assembly, config)))
  const hints = strangeVariables(Object.keys(world.env)).map(
    ({ name, nearest }) => `the variable ${name} means nothing to WaQtor; did you mean ${nearest}?`,
  )
  const resolveMs = performance.now() - started
  return { options: read.options, config, loader, assembly, problems, hints, resolveMs }
}

function namedConfig(world: World, { flags }: PrepareOptions): string | undefined {
  if (flags.config !== undefined) return userPath(world, flags.config)
  return world.env.WAQTOR_CONFIG ? resolvePath(world.cwd, world.env.WAQTOR_CONFIG) : undefined
}

function assemble(entries: readonly PluginEntry[]): Assembly {
  const info = { dataDirectory: '', version: '', options: {}, isReady: () => false }
  return resolveEntries(new HostPlugins({ info }).around(entries))
}

async function placeAll(assembly: Assembly, config: LoadedConfig): Promise<PlacedProblem[]> {
  return assembly.problems.length > 0 ? placeProblems(assembly.problems, config) : []
}

function problemsIn(error: unknown): readonly PlacedProblem[] {
  if (isWaqtorError(error) && 'problems' in error) return (error as StartupError).problems
  throw error
}

function readDotEnvFile(directory: string): DotEnv | undefined {
  const path = join(directory, '.env')
  try {
    return readDotEnv(readFileSync(path, 'utf8'), shownPath(path, directory))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR') return undefined
    return {
      values: new Map(),
      lines: new Map(),
      problems: [
        {
          code: 'WAQ_OPTION_INVALID',
          plugin: 'host',
          message: `the file cannot be read: ${messageOf(error)}`,
          fix: `Correct its permissions in ${dirname(path)}.`,
          source: '.env',
        },
      ],
    }
  }
}
