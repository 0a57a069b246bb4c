import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BACKUP_MANIFEST } from '@waqtor/contracts'
import { shownPath } from '../../config/config-file.ts'
import { prepareDataDirectory } from '../../data/data-directory.ts'
import { lockDataDirectory } from '../../data/lock.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type BackupSource, readBackup } from '../../restore/backup-source.ts'
import { stageBackup } from '../../restore/stage.ts'
import { carryOut, decide, finishRestore, inTheWay, stagingIn } from '../../restore/swap.ts'
import { UsageError } from '../arguments.ts'
import { defineBuiltIn } from '../built-in.ts'
import type { Cli } from '../cli.ts'
import type { Prepared } from '../prepare.ts'
import { userPath } from '../world.ts'

export const restore = defineBuiltIn({
  name: 'restore',
  args: {
    backup: {
      type: 'positional',
      description: "Its directory, or the name of one in the data directory's 'backups'",
      required: true,
    },
    yes: { type: 'boolean', description: 'Ask nothing' },
  },
  async run({ args, cli }) {
    const prepared = await cli.prepare()
    const directory = prepared.options.data.value
    demandUsualPlaces(prepared, cli)
    const source = await readBackup(pathOf(args.backup, directory, cli))

    await prepareDataDirectory(directory)
    const lock = await lockDataDirectory(directory, { what: 'restore', signal: cli.stop.signal })
    try {
      const earlier = finishRestore(directory)
      if (earlier) cli.out.note(`waqtor: ${earlier}`)
      const out = inTheWay(
        directory,
        source.manifest.files.map((it) => it.name),
      )
      if (out.length > 0 && !args.yes && !(await isWanted(cli, source, directory))) {
        cli.out.note('nothing was changed')
        return exitCodes.failed
      }
      await stageBackup(source, stagingIn(directory), cli.stop.signal)
      const plan = decide(directory, source, out, Date.now())
      carryOut(directory, plan)
      report(cli, source, directory, out.length > 0 ? resolve(directory, plan.aside) : undefined)
      return exitCodes.ok
    } finally {
      lock.release()
    }
  },
})

function pathOf(given: string, directory: string, { world }: Cli): string {
  const named = join(directory, 'backups', given)
  const path = userPath(world, given)
  const isName = !/[/\\]/.test(given) && !given.startsWith('.')
  return isName && !existsSync(join(path, BACKUP_MANIFEST)) && existsSync(named) ? named : path
}

/** A restore that the system does not see would be worse than none. */
function demandUsualPlaces({ config, options }: Prepared, cli: Cli): void {
  const usual: Readonly<Record<string, string>> = { 'storage-sqlite': '.', settings: 'settings' }
  for (const { spec, config: given } of config?.entries ?? []) {
    const directory = (given as { readonly directory?: unknown } | undefined)?.directory
    const place = usual[spec.name]
    if (place === undefined || typeof directory !== 'string') continue
    if (resolve(options.data.value, directory) === resolve(options.data.value, place)) continue
    const problem = `the config lets '${spec.name}' keep its files in '${directory}', where a restore puts nothing`
    // Who names another directory than the config's has plans of their own with what comes there.
    if (options.data.source !== '--data')
      throw new UsageError(`${problem}: restore into a new directory with --data, and move the files from there`)
    cli.out.note(`waqtor: ${problem}: move the files there`)
  }
}

async function isWanted(cli: Cli, { manifest }: BackupSource, directory: string): Promise<boolean> {
  const { world, out } = cli
  const made = new Date(manifest.createdAt).toISOString()
  if (!world.stdin.isTTY || !world.stderr.isTTY || out.json)
    throw new UsageError(`'${directory}' is not empty: with --yes what is there is put aside, and nothing deleted`)
  const { confirm } = await import('@clack/prompts')
  const message = `Put the state of ${made} into '${directory}'? What is there is put aside, and nothing deleted.`
  return (await confirm({ message, initialValue: false })) === true
}

function report({ out, world }: Cli, source: BackupSource, directory: string, aside: string | undefined): void {
  const { files, createdAt } = source.manifest
  const made = new Date(createdAt).toISOString()
  const shown = (path: string) => shownPath(path, world.cwd)
  const lines = [
    `Restored: the state of ${made}, ${files.length} files, in ${shown(directory)}`,
    ...(aside ? [`Put aside: what was there before, in ${shown(aside)}`] : []),
    '',
    'At the next start:',
    '  every campaign is paused, with the reason "restored", until you resume it;',
    '  whatever was still to be sent is looked up in the chats before it is sent, because it may have left since;',
    `  API keys that were revoked after ${made} open again what they did: see waqtor keys list.`,
  ]
  out.answer(lines.join('\n'), {
    backup: source.path,
    data: directory,
    aside: aside ?? null,
    createdAt,
    files: files.length,
    bytes: source.bytes,
  })
}
