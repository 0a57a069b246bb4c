import type { CliIo } from '@waqtor/contracts'
import { controlCommand } from './control.ts'
import { runCommand } from './run.ts'
import { listCommand, statusCommand } from './status.ts'
import { UsageError } from './usage.ts'

type SubCommand = (argv: readonly string[], io: CliIo) => Promise<number>

const subCommands: Readonly<Record<string, SubCommand>> = {
  run: runCommand,
  list: listCommand,
  status: statusCommand,
  pause: controlCommand('pause'),
  resume: controlCommand('resume'),
  cancel: controlCommand('cancel'),
}

const usage = `waqtor campaign run <file.csv> --template '…'   create, start and follow a campaign
  --name <name>            shown in lists; the file's name when absent
  --phone-column <column>  where the numbers stand; found by its name when absent
  --in-flight <n>          messages under way at once (1)
  --gap <ms>               pause between two messages (0)
  --instance <id>          the account to send from (default)
waqtor campaign list | status <id> | pause <id> | resume <id> | cancel <id>`

/** `waqtor campaign …` */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  const [name = '', ...rest] = argv
  const command = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined
  if (!command) {
    const help = name === '' || name === '--help' || name === 'help'
    if (!help) io.note(`there is no 'campaign ${name}'`)
    io.print(usage)
    return help ? 0 : 2
  }
  try {
    return await command(rest, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.note(error.message)
    io.note(usage)
    return 2
  }
}
