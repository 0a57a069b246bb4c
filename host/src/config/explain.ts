import type { Problem } from '@waqtor/kernel'
import { nearestOf } from '../nearest.ts'
import { jsonPath } from '../problem.ts'
import { isSecretName } from '../secrets.ts'
import { unknownKey } from './resolve-entries.ts'

/**
 * Says of a wrong option what was expected and what was got. The value itself is shown only where it cannot be a secret:
 * numbers and booleans, and texts where one of a list was expected.
 * @param options of the plugin, as they stand in the config
 */
export function explain(problem: Problem, options: unknown): Problem {
  const { config, message } = problem
  if (!config || problem.code !== 'WAQ_CONFIG_INVALID') return problem
  const name = config.path.length > 0 ? `option '${jsonPath(config.path)}'` : 'the options'
  const reason = message.slice(message.indexOf(': ') + 2)
  if (config.got === unknownKey) {
    const fix = config.nearest ? `Did you mean '${config.nearest}'?` : 'Remove it.'
    return { ...problem, message: `there is no ${name}`, fix }
  }

  const expected = expectedIn(reason) ?? config.expected
  const value = valueAt(options, config.path)
  const choices = choicesIn(reason)
  const got = shown(value, config, choices.length > 0)
  const nearest = typeof value === 'string' ? nearestOf(value, choices) : undefined
  return {
    ...problem,
    message: expected ? `${name}: expected ${expected}, got ${got}` : `${name}: ${lowerFirst(reason)}, got ${got}`,
    fix: nearest ? `Did you mean '${nearest}'?` : 'Correct the option.',
    config: { ...config, ...(expected && { expected }), got, ...(nearest && { nearest }) },
  }
}

/** From zod's sentences, `Too big: expected number to be <=65535`. */
function expectedIn(reason: string): string | undefined {
  return /\bexpected (.+?)(?:, received .+)?$/.exec(reason)?.[1]?.replace('undefined', 'nothing')
}

/** The texts of which one was expected. */
function choicesIn(reason: string): string[] {
  const [, list = ''] = /\bexpected (?:one of )?("[^"]*"(?:\|"[^"]*")*)$/.exec(reason) ?? []
  return [...list.matchAll(/"([^"]*)"/g)].map((it) => it[1] ?? '')
}

function shown(value: unknown, { path, got }: NonNullable<Problem['config']>, mayShowText: boolean): string {
  if (value === undefined) return 'nothing'
  if (path.some((it) => isSecretName(String(it)))) return got ?? typeof value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && mayShowText && value.length <= 40) return `'${value}'`
  return got ?? typeof value
}

function valueAt(options: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    options,
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
