import type { CliProgram } from '@waqtor/contracts'
import type { CliSpec, PluginEntry } from '@waqtor/kernel'
import type { Cli } from './cli.ts'
import { createCliIo } from './cli-io.ts'

/** A command that a plugin of the config brings. */
export interface Contributed extends CliSpec {
  readonly plugin: string
}

/** The commands of a config's plugins; nothing is booted for it. The first of a name counts. */
export function contributedBy(entries: readonly PluginEntry[]): Contributed[] {
  const commands = new Map<string, Contributed>()
  for (const { spec } of entries)
    for (const it of spec.cli ?? []) if (!commands.has(it.name)) commands.set(it.name, { ...it, plugin: spec.name })
  return [...commands.values()]
}

/** Runs it with the world around it; `argv` is what follows its name. */
export async function runContributed(command: Contributed, argv: readonly string[], cli: Cli): Promise<number> {
  const program = (await command.load()) as CliProgram
  return program.run(argv, await createCliIo(cli))
}
