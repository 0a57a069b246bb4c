import type { ArgsDef, CommandDef } from 'citty'
import { parseArgs } from 'citty'
import { nearestOf } from '../nearest.ts'
import { flagOf, UsageError } from './arguments.ts'
import type { Cli } from './cli.ts'

/** What a command of the host itself gets. */
export interface BuiltInRun<A extends ArgsDef> {
  readonly args: ReturnType<typeof parseArgs<A>>
  readonly cli: Cli
}

export interface BuiltIn {
  /** For the help. */
  readonly definition: CommandDef
  run(rest: readonly string[], cli: Cli): Promise<number>
}

/** Makes a command of the host: its arguments are described once, for parsing, for checking and for the help. */
export function defineBuiltIn<const A extends ArgsDef>(command: {
  readonly name: string
  readonly args: A
  run(run: BuiltInRun<A>): Promise<number>
}): BuiltIn {
  const { name, args } = command
  return {
    definition: { args },
    async run(rest, cli) {
      checkArguments(name, args, rest)
      return command.run({ args: parse(name, args, rest), cli })
    },
  }
}

function parse<A extends ArgsDef>(name: string, args: A, rest: readonly string[]) {
  try {
    return parseArgs<A>([...rest], args)
  } catch (error) {
    throw new UsageError((error as Error).message, name)
  }
}

/** citty lets pass what it does not know. */
function checkArguments(command: string, args: ArgsDef, rest: readonly string[]): void {
  const flags = Object.entries(args).filter(([, it]) => it.type !== 'positional')
  const room = Object.values(args).length - flags.length
  let given = 0
  for (let i = 0; i < rest.length; i++) {
    const token = rest[i]!
    if (token === '--') {
      given += rest.length - i - 1
      break
    }
    if (!token.startsWith('-') || token === '-') {
      given++
      continue
    }
    const [name, inline] = flagOf(token)
    const plainName = name?.replace(/^no-/, '')
    const definition =
      flags.find(([it]) => it === name) ?? flags.find(([it, { type }]) => it === plainName && type === 'boolean')
    if (!definition) {
      const nearest = nearestOf(
        token.replace(/^-+|=.*$/g, ''),
        flags.map(([it]) => it),
      )
      throw new UsageError(
        `'${command}' knows no ${token.replace(/=.*$/, '')}${nearest ? `; did you mean --${nearest}?` : ''}`,
        command,
      )
    }
    if (definition[1].type === 'boolean' || inline !== undefined) continue
    if (rest[i + 1] === undefined || rest[i + 1] === '') throw new UsageError(`${token} needs a value`, command)
    i++
  }
  if (given > room) throw new UsageError(`there is one argument too many for '${command}'`, command)
}
