import { nearestOf } from '../nearest.ts'

/** Flags that mean the same for every command. */
export interface GlobalFlags {
  readonly config?: string
  readonly data?: string
  readonly 'log-level'?: string
  readonly json: boolean
  readonly verbose: boolean
}

export interface SplitArguments {
  readonly flags: GlobalFlags
  /** The name of the command, if there is one. */
  readonly command: string | undefined
  /** What belongs to the command: everything behind its name but the global flags. */
  readonly rest: readonly string[]
  readonly help: boolean
  readonly version: boolean
}

/** The command line was wrong; the message says how. */
export class UsageError extends Error {
  /** Which command's help to look at. */
  readonly command: string | undefined

  constructor(message: string, command?: string) {
    super(message)
    this.name = 'UsageError'
    this.command = command
  }
}

/** Descriptions of the global flags, for the help. */
export const globalFlags: readonly (readonly [flag: string, description: string])[] = [
  ['--config <file>', 'The config file (waqtor.config.ts)'],
  ['--data <directory>', 'The data directory (./data)'],
  ['--log-level <level>', 'debug, info, warn or error (info)'],
  ['--json', 'Answers and errors as JSON, one document a line'],
  ['--verbose', 'Stacks of errors'],
  ['--help, --version', ''],
]

const withValue = ['config', 'data', 'log-level'] as const
const plain = ['json', 'verbose'] as const

/**
 * Takes the global flags out of the command line, wherever they stand before a `--`. Pure.
 * @throws UsageError
 */
export function splitArguments(argv: readonly string[]): SplitArguments {
  const values: Partial<Record<(typeof withValue)[number], string>> = {}
  const set = new Set<string>()
  const rest: string[] = []
  let command: string | undefined
  let help = false
  let version = false

  // Some package managers hand on the `--` that ends their own flags.
  const tokens = argv[0] === '--' ? argv.slice(1) : argv
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token === '--') {
      rest.push(...tokens.slice(i))
      break
    }
    const [name, inline] = flagOf(token)
    const valued = withValue.find((it) => it === name)
    if (valued) {
      const value = inline ?? tokens[++i]
      if (value === undefined || value === '' || (inline === undefined && value.startsWith('--')))
        throw new UsageError(`--${valued} needs a value`, command)
      values[valued] = value
    } else if (plain.some((it) => it === name)) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value`, command)
      set.add(name!)
    } else if (command !== undefined) rest.push(token)
    else if (token === '--help' || token === '-h') help = true
    else if (token === '--version' || token === '-v') version = true
    else if (token.startsWith('-')) throw unknownFlag(token)
    else command = token
  }
  const flags = { ...values, json: set.has('json'), verbose: set.has('verbose') }
  return { flags, command, rest, help, version }
}

/** The name of a long flag, and its value behind an equals sign. */
export function flagOf(token: string): [name: string | undefined, value: string | undefined] {
  const [, name, value] = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(token) ?? []
  return [name, value]
}

function unknownFlag(token: string): UsageError {
  const nearest = nearestOf(token.replace(/^-+|=.*$/g, ''), [...withValue, ...plain, 'help', 'version'])
  return new UsageError(
    `there is no flag '${token}' in front of a command${nearest ? `; did you mean '--${nearest}'?` : '; flags of a command stand behind its name'}`,
  )
}
