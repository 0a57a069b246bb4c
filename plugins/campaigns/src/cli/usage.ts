import { type ParseArgsConfig, parseArgs } from 'node:util'
import { messageOf } from '@waqtor/kernel'

/** The command line was wrong: the message and the usage are shown. */
export class UsageError extends Error {}

/** `parseArgs` whose complaints become usage errors. */
export function parse<T extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** A whole number from an option. */
export function wholeNumber(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (!/^\d{1,9}$/.test(value)) throw new UsageError(`--${name} takes a whole number, not '${value}'`)
  return Number(value)
}

/** `1 recipient`, `2 recipients` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The one positional argument that a sub-command needs. */
export function only(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals
  if (first === undefined) throw new UsageError(`${what} is missing`)
  if (more.length > 0) throw new UsageError(`there is one argument too many: '${more[0]}'`)
  return first
}
