import type { Inspection } from '@waqtor/kernel'
import { exitCodes } from '../../exit-codes.ts'
import { officialPlugins } from '../../official-plugins.ts'
import { problemFacts } from '../../problem.ts'
import { safeSet } from '../../run/safe-mode.ts'
import { defineBuiltIn } from '../built-in.ts'
import type { Cli } from '../cli.ts'
import { inspectEphemeral } from '../own-host.ts'
import type { Prepared } from '../prepare.ts'
import { tableLines } from '../table.ts'

export const check = defineBuiltIn({
  name: 'check',
  args: {
    boot: { type: 'boolean', description: 'Also start everything once, on a directory that is thrown away' },
    'safe-mode': { type: 'boolean', description: 'Look at the official plugins only' },
  },
  async run({ args, cli }) {
    const prepared = await cli.prepare(
      args['safe-mode'] ? { select: (entries) => safeSet(entries, officialPlugins).entries } : {},
    )
    if (prepared.problems.length > 0) return refuse(cli, prepared)
    const booted = args.boot ? await inspectEphemeral(cli) : undefined
    if (cli.out.json) cli.out.print(JSON.stringify(facts(prepared, booted)))
    else for (const line of drawing(prepared, booted)) cli.out.print(line)
    return exitCodes.ok
  },
})

/** The problems are the answer here, so they go to standard output for programs. */
async function refuse(cli: Cli, prepared: Prepared): Promise<number> {
  if (cli.out.json) cli.out.print(JSON.stringify({ ok: false, problems: prepared.problems.map(problemFacts) }))
  else await cli.prepareWhole().catch((error: unknown) => cli.out.error(error))
  return exitCodes.config
}

interface Row {
  readonly name: string
  readonly needs: readonly string[]
  readonly provides: readonly string[]
  readonly setupMs?: number
}

function rowsOf({ assembly }: Prepared, booted: Inspection | undefined): Row[] {
  return (assembly?.order ?? []).map(({ name, needs, entry }) => {
    const setupMs = booted?.plugins.find((it) => it.name === name)?.setupMs
    return {
      name,
      needs,
      provides: (entry.spec.provides ?? []).map((it) => it.id),
      ...(setupMs !== undefined && { setupMs: round(setupMs) }),
    }
  })
}

function facts(prepared: Prepared, booted: Inspection | undefined): object {
  const { config, resolveMs } = prepared
  return {
    ok: true,
    config: config?.file,
    loadMs: round(config?.loadMs ?? 0),
    resolveMs: round(resolveMs),
    plugins: rowsOf(prepared, booted),
    ...(booted && { commands: booted.commands.length, events: booted.events.length }),
  }
}

function drawing(prepared: Prepared, booted: Inspection | undefined): string[] {
  const { config, resolveMs } = prepared
  const rows = rowsOf(prepared, booted)
  const load = `read in ${Math.round(config?.loadMs ?? 0)} ms, put together in ${round(resolveMs)} ms`
  return [
    `${config?.name} is fine: ${load}`,
    '',
    'In order of start:',
    ...tableLines(
      rows.map(({ name, needs, provides, setupMs }, index) => [
        `${String(index + 1).padStart(2)}`,
        name,
        ...(setupMs === undefined ? [] : [`${setupMs} ms`]),
        provides.length > 0 ? `gives ${provides.join(', ')}` : '',
        needs.length > 0 ? `stands on ${needs.join(', ')}` : '',
      ]),
    ),
    ...(booted ? ['', `${booted.commands.length} commands, ${booted.events.length} events`] : []),
  ]
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
