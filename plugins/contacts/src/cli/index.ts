import type { CliIo } from '@waqtor/contracts'
import { addCommand, listCommand, optOutsCommand, showCommand } from './commands.ts'
import { exportCommand, importCommand } from './transfer.ts'
import { UsageError } from './usage.ts'

type SubCommand = (argv: readonly string[], io: CliIo) => Promise<number>

const subCommands: Readonly<Record<string, SubCommand>> = {
  list: listCommand,
  show: showCommand,
  add: addCommand,
  import: importCommand,
  export: exportCommand,
  'opt-outs': optOutsCommand,
}

const usage = `waqtor contacts list               everybody, newest first
  --search <text>          part of a name or of a number
  --tag <tag>              those with this tag
  --limit <n>              at most so many (50)
waqtor contacts show <phone>       what is known of a person
waqtor contacts add <phone>        a new contact
  --name <name> --language <tag> --tag <tag> … --field <name>=<value> …
waqtor contacts import <file>      people of a CSV, XLSX or JSON file
  --preview                says what the columns are taken for and what would happen, and changes nothing
  --phone-column, --name-column, --language-column, --tags-column <column>
  --tag <tag> …            for everybody in the file
  --audience <id>          a list that everybody joins
  --on-duplicate update|skip
  --consent <words> --consent-source <where>   what everybody in the file has agreed to
waqtor contacts export             everybody, into a file
  --out <file>             contacts.csv when absent; .xlsx for Excel
waqtor contacts opt-outs           who wants to hear no more, the latest first
  --instance <id>          the account, for all of these (default)`

/** `waqtor contacts …` */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  const [name = '', ...rest] = argv
  const command = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined
  if (!command) {
    const help = name === '' || name === '--help' || name === 'help'
    if (!help) io.note(`there is no 'contacts ${name}'`)
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
