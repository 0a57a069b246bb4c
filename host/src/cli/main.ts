import { isWaqtorError, messageOf } from '@waqtor/kernel'
import { exitCodes } from '../exit-codes.ts'
import { nearestOf } from '../nearest.ts'
import { isConfigFault, isStartFailure } from '../run/start-failure.ts'
import { VERSION } from '../version.ts'
import { globalFlags, type SplitArguments, splitArguments, UsageError } from './arguments.ts'
import { Cli } from './cli.ts'
import { ownCommands } from './commands.ts'
import { contributedBy, runContributed } from './contributed.ts'
import { Output } from './output.ts'
import { tableLines } from './table.ts'
import type { World } from './world.ts'

/** The `waqtor` command line. Answers the exit code; never throws. */
export async function main(world: World): Promise<number> {
  let split: SplitArguments
  try {
    split = splitArguments(world.argv)
  } catch (error) {
    new Output(world, { json: world.argv.includes('--json'), verbose: false }).error(error)
    return exitCodes.usage
  }
  const cli = new Cli(world, split.flags)
  const warned = (warning: unknown) => cli.out.note(`waqtor: ${messageOf(warning)}`)
  if (split.flags.verbose) world.process.on('warning', warned)
  try {
    return await run(split, cli)
  } catch (error) {
    // What fails after Ctrl-C fails because of it.
    const stopped = cli.stop.code
    if (stopped !== undefined && !isWorthTelling(error)) return stopped
    cli.out.error(error)
    return exitCodeOf(error)
  } finally {
    cli.stop.close()
    world.process.off('warning', warned)
  }
}

async function run(split: SplitArguments, cli: Cli): Promise<number> {
  const { command, rest, version } = split
  if (version) {
    cli.out.answer(VERSION, { version: VERSION, node: process.versions.node })
    return exitCodes.ok
  }
  if (command === undefined || command === 'help') return help(rest[0], cli)

  const own = ownCommands.find((it) => it.name === command)
  if (own) {
    if (rest.some((it) => it === '--help' || it === '-h')) return help(command, cli)
    return (await own.load()).run(rest, cli)
  }
  const { config, problems } = await cli.prepare()
  const contributed = contributedBy(config?.entries ?? [])
  const found = contributed.find((it) => it.name === command)
  if (found) return runContributed(found, rest, cli)

  // With a config that cannot be read, nobody knows whether the command exists.
  if (!config && problems.length > 0) await cli.prepareWhole()
  const nearest = nearestOf(
    command,
    ['help', ...ownCommands, ...contributed].map((it) => (typeof it === 'string' ? it : it.name)),
  )
  throw new UsageError(`there is no command '${command}'${nearest ? `; did you mean '${nearest}'?` : ''}`)
}

async function help(topic: string | undefined, cli: Cli): Promise<number> {
  const own = ownCommands.find((it) => it.name === topic)
  if (own) {
    const { renderUsage } = await import('citty')
    const { definition } = await own.load()
    const usage = await renderUsage({ ...definition, meta: { name: `waqtor ${own.name}`, description: own.summary } })
    cli.out.print(usage.replaceAll(/ +$/gm, ''))
    return exitCodes.ok
  }
  const { config } = await cli.prepare()
  const contributed = contributedBy(config?.entries ?? [])
  const found = contributed.find((it) => it.name === topic)
  if (found) return runContributed(found, ['--help'], cli)
  if (topic !== undefined) {
    const nearest = nearestOf(
      topic,
      [...ownCommands, ...contributed].map((it) => it.name),
    )
    throw new UsageError(`there is no command '${topic}'${nearest ? `; did you mean '${nearest}'?` : ''}`)
  }

  const commands = [
    ...ownCommands.map(({ name, summary }) => ({ name, summary })),
    ...contributed.map(({ name, summary, plugin }) => ({ name, summary, plugin })),
  ]
  cli.out.answer(
    [
      `WaQtor ${VERSION}`,
      '',
      'Usage: waqtor <command> [arguments]',
      '',
      ...tableLines(ownCommands.map((it) => [it.name, it.summary])),
      ...(contributed.length > 0
        ? ['', 'From the plugins of the config:', ...tableLines(contributed.map((it) => [it.name, it.summary]))]
        : [
            '',
            config
              ? 'The plugins of the config bring no commands.'
              : 'No config was read, so the commands of plugins are missing here.',
          ]),
      '',
      'For every command:',
      ...tableLines(globalFlags),
      '',
      'waqtor <command> --help tells more.',
    ].join('\n'),
    { version: VERSION, commands },
  )
  return exitCodes.ok
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage
  if (!isWaqtorError(error)) return exitCodes.failed
  if (error.code === 'WAQ_HOST_RUNNING') return exitCodes.busy
  if (isConfigFault(error)) return exitCodes.config
  return isStartFailure(error) ? exitCodes.crashed : exitCodes.failed
}

/** False for what an abort leaves behind. */
function isWorthTelling(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    (error.name !== 'AbortError' && !(isWaqtorError(error) && error.code === 'WAQ_ABORTED'))
  )
}
