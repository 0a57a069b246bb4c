import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, type PluginEntry, type Problem, WaqtorError, withDeadline } from '@waqtor/kernel'
import type { Jiti } from 'jiti'
import { ConfigError, type PlacedProblem } from '../problem.ts'
import { shownPath } from './config-file.ts'
import type { CheckedConfig } from './shape.ts'

/** A config file as it was read. */
export interface LoadedConfig extends CheckedConfig {
  readonly file: string
  /** As the person knows the file. */
  readonly name: string
  readonly directory: string
  /** Of the text: the same hash is the same config. */
  readonly hash: string
  readonly text: string
  readonly loadMs: number
}

/** How a module is imported; replaced in tests only. */
export type Import = (url: string) => Promise<Record<string, unknown>>

const limitMs = 30_000

/**
 * Reads a config file, again and again while it changes. The runtime's own import is used, told apart by the hash of the
 * text, so that plugins stay the very modules they were; what it cannot read is read through jiti. Files that the config
 * imports are kept by the runtime: a change to them needs a restart.
 */
export class ConfigLoader {
  readonly file: string
  readonly #workingDirectory: string
  readonly #import: Import
  #jiti: Jiti | undefined

  constructor(file: string, workingDirectory: string, importModule: Import = (url) => import(url)) {
    this.file = file
    this.#workingDirectory = workingDirectory
    this.#import = importModule
  }

  /** @throws ConfigError with every problem and its place */
  async load(): Promise<LoadedConfig> {
    const started = performance.now()
    const name = shownPath(this.file, this.#workingDirectory)
    const text = await this.#read(name)
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)

    let exports: Readonly<Record<string, unknown>>
    try {
      exports = await withDeadline(this.#evaluate(text, hash), limitMs, () => {
        const message = `the config was not there after ${limitMs / 1000} s: something in it waits for ever`
        return new WaqtorError('WAQ_CONFIG_THREW', message, { phase: 'config' })
      })
    } catch (error) {
      // A parser of half a megabyte, to show the place of a mistake: loaded when there is one.
      const { problemsOfImport } = await import('./import-problems.ts')
      throw new ConfigError(await problemsOfImport(error, { file: this.file, text, shown: (it) => this.#shown(it) }))
    }

    const { checkShape } = await import('./shape.ts')
    const { config, problems } = checkShape(exports)
    const base = { file: this.file, name, text }
    if (!config || problems.length > 0)
      throw new ConfigError(await placeProblems(problems, { entries: [], places: [], ...base }))
    return { ...config, ...base, directory: dirname(this.file), hash, loadMs: performance.now() - started }
  }

  /** Hash of what the file says now; nothing when it cannot be read. */
  async hash(): Promise<string | undefined> {
    try {
      return createHash('sha256')
        .update(await readFile(this.file, 'utf8'))
        .digest('hex')
        .slice(0, 16)
    } catch {
      return undefined
    }
  }

  async #read(name: string): Promise<string> {
    try {
      return await readFile(this.file, 'utf8')
    } catch (cause) {
      const problem: PlacedProblem = {
        code: 'WAQ_CONFIG_NOT_FOUND',
        plugin: 'host',
        message: `the file cannot be read: ${messageOf(cause)}`,
        fix: 'Correct its permissions, or name another one with --config <file>.',
        source: name,
        cause,
      }
      throw new ConfigError([problem])
    }
  }

  async #evaluate(text: string, hash: string): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await this.#import(`${pathToFileURL(this.file)}?v=${hash}`)
    } catch (error) {
      if (!beyondTheRuntime(error)) throw error
      const { createJiti } = await import('jiti')
      // `tryNative` leaves everything that the runtime can read to the runtime: no module is there twice.
      this.#jiti ??= createJiti(this.file, { tryNative: true, interopDefault: false })
      // Evaluated from its text, because an import through jiti would answer with what it read the first time.
      return (await this.#jiti.evalModule(text, {
        filename: this.file,
        ext: extname(this.file),
        async: true,
      })) as Record<string, unknown>
    }
  }

  #shown(path: string): string {
    return shownPath(path, this.#workingDirectory)
  }
}

const jitiCodes: ReadonlySet<unknown> = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_DIR_IMPORT',
])

/** Things that are no mistakes, only more than type stripping does: enums, paths without an ending, TypeScript packages. */
function beyondTheRuntime(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return jitiCodes.has(code) || (code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).startsWith('Cannot find module'))
}

/** Finds the places of problems in the text of the config. */
export async function placeProblems(
  problems: readonly Problem[],
  loaded: Pick<LoadedConfig, 'file' | 'name' | 'text' | 'entries' | 'places'>,
): Promise<PlacedProblem[]> {
  // A parser is not needed on a good day.
  const { ConfigSource } = await import('./source.ts')
  const source = new ConfigSource(loaded.text, loaded.file)
  const { explain } = await import('./explain.ts')
  return problems.map((problem) => {
    const { plugin, config } = problem
    const path = config?.path ?? []
    const at = entryOf(problem, loaded.entries)
    const position = at < 0 ? source.locateOwn(path) : source.locate(loaded.places[at] ?? -1, plugin, path)
    return {
      ...explain(problem, at < 0 ? undefined : loaded.entries[at]?.config),
      source: loaded.name,
      ...(position && { position }),
    }
  })
}

/** Which entry a problem is about: the first of that name, or the second where that one is too much. */
function entryOf({ code, plugin }: Problem, entries: readonly PluginEntry[]): number {
  const at = entries.findIndex((it) => it.spec.name === plugin)
  if (code !== 'WAQ_PLUGIN_DUPLICATE') return at
  return entries.findIndex((it, index) => index > at && it.spec.name === plugin)
}
