/** How sub-commands read what was typed. Runs in Node only, so the index leaves it out. */
import { access, constants, stat } from 'node:fs/promises'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { messageOf } from '@waqtor/kernel'
import type { CliIo } from './cli.ts'

/** The command line was written wrong: `runSubCommand` shows the message, then the usage. */
export class UsageError extends Error {}

/** `argv` is what follows the name of the sub-command. Answers the exit code. */
export type SubCommand = (argv: readonly string[], io: CliIo) => Promise<number>

export interface SubCommands {
  /** What stands behind `waqtor`: `contacts`. */
  readonly name: string
  readonly usage: string
  readonly commands: Readonly<Record<string, SubCommand>>
}

/**
 * Runs the sub-command that is named first. Answers 0 for help, and 2 when it was written wrong.
 * @example export const run = (argv: readonly string[], io: CliIo) => runSubCommand({ name, usage, commands }, argv, io)
 */
export async function runSubCommand(
  { name, usage, commands }: SubCommands,
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  const [verb = 'help', ...rest] = argv
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined
  if (!command && (verb === 'help' || verb === '--help')) {
    io.print(usage)
    return 0
  }
  try {
    if (!command) throw new UsageError(`there is no '${name} ${verb}'`)
    return await command(rest, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.note(error.message)
    io.note(usage)
    return 2
  }
}

/** `parseArgs` with positional arguments, whose complaints are usage errors. @throws UsageError */
export function parse<const T extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** The one positional argument that a sub-command needs. @throws UsageError */
export function only(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals
  if (first === undefined || first === '') throw new UsageError(`${what} is missing`)
  none(more)
  return first
}

/** A sub-command that takes options only. @throws UsageError */
export function none([first]: readonly string[]): void {
  if (first !== undefined) throw new UsageError(`there is one argument too many: '${first}'`)
}

/** A whole number from an option. @throws UsageError */
export function wholeNumber(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (!/^\d{1,9}$/.test(value)) throw new UsageError(`--${option} takes a whole number, not '${value}'`)
  return Number(value)
}

/** `city=Cairo` from an option. @throws UsageError */
export function nameAndValue(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--${option} takes name=value, not '${text}'`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Before a host is started for it. @throws UsageError */
export async function requireReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK)
  } catch (error) {
    throw new UsageError(`the file '${path}' cannot be read: ${messageOf(error)}`)
  }
  if (!(await stat(path)).isFile()) throw new UsageError(`'${path}' is no file`)
}
