/** How sub-commands read what was typed. Runs in Node only, so the index leaves it out. */
import { access, constants, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
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
 * Runs the sub-command that is named first. Answers 0 for help, wherever that is asked for, and 2 when it was written wrong.
 * @example export const run = (argv: readonly string[], io: CliIo) => runSubCommand({ name, usage, commands }, argv, io)
 */
export async function runSubCommand(spec: SubCommands, argv: readonly string[], io: CliIo): Promise<number> {
  const { name, usage, commands } = spec
  const [verb = 'help', ...rest] = argv
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined
  if (command ? asksForHelp(rest) : verb === 'help' || verb === '--help' || verb === '-h') {
    io.print(usage)
    return 0
  }
  try {
    if (!command) throw new UsageError(`there is no '${name} ${verb}'`)
    return await command(rest, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return misused(spec, error.message, io)
  }
}

/** Whether the usage is asked for instead of the command. What stands behind a `--` is an argument. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((it) => it === '--help' || it === '-h')
}

/** Says that the command line was written wrong: in words and with the usage, or as an error in JSON. Answers 2. */
export function misused(
  { name, usage }: Pick<SubCommands, 'name' | 'usage'>,
  message: string,
  io: Pick<CliIo, 'json' | 'note'>,
): number {
  if (io.json) io.note(JSON.stringify({ error: { code: 'WAQ_USAGE', message, fix: `See: waqtor ${name} --help` } }))
  else {
    io.note(message)
    io.note(usage)
  }
  return 2
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

/**
 * What a file of people is written as: what `--format` says, else what the name says. A name without an ending is CSV.
 * @throws UsageError for a name that would promise something else
 */
export function tableFormat(out: string | undefined, format: string | undefined): 'csv' | 'xlsx' {
  if (format !== undefined) {
    if (format === 'csv' || format === 'xlsx') return format
    throw new UsageError(`--format is csv or xlsx, not '${format}'`)
  }
  const ending = extname(out ?? '').toLowerCase()
  if (ending === '.xlsx') return 'xlsx'
  if (ending === '.csv' || ending === '') return 'csv'
  throw new UsageError(
    `'${out}' ends in '${ending}': only .csv and .xlsx can be written; --format csv writes CSV whatever the name`,
  )
}

/** Before anything is made for a file that could not be put there. @throws UsageError */
export async function requirePlace(path: string): Promise<void> {
  const directory = dirname(path)
  if (!(await isDirectory(directory))) throw new UsageError(`there is no directory '${directory}' to write into`)
  if (await isDirectory(path)) throw new UsageError(`'${path}' is a directory: name a file in it`)
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => it.isDirectory(),
    () => false,
  )
}
