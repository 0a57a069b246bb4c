import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { ConfigError } from '../problem.ts'

/** Names that are looked for, in this order. */
export const configNames = ['waqtor.config.ts', 'waqtor.config.mts', 'waqtor.config.js', 'waqtor.config.mjs'] as const

/**
 * Absolute path of the config file.
 * @param named what the person asked for, already absolute; otherwise the usual names in `directory` are tried
 * @throws ConfigError when there is none
 */
export function findConfig(named: string | undefined, directory: string): string {
  if (named !== undefined) {
    if (existsSync(named)) return resolve(named)
    throw notFound(named, `there is no file '${named}'`, 'Correct --config or WAQTOR_CONFIG.')
  }
  const found = configNames.map((it) => join(directory, it)).find((it) => existsSync(it))
  if (found) return found
  throw notFound(
    join(directory, configNames[0]),
    `there is no ${configNames[0]} in ${directory}`,
    'Write one with `waqtor init`, or name one with --config <file>.',
  )
}

function notFound(path: string, message: string, fix: string): ConfigError {
  return new ConfigError([{ code: 'WAQ_CONFIG_NOT_FOUND', plugin: 'host', message, fix, source: dirname(path) }])
}

/** A path as the person would write it: relative where that is shorter to read. */
export function shownPath(path: string, directory: string): string {
  const short = relative(directory, path)
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short
}
