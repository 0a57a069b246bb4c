import type { CliIo } from '@waqtor/contracts'
import { runSubCommand, type SubCommand } from '@waqtor/contracts/cli-usage'
import { addCommand, listCommand, optOutsCommand, showCommand } from './commands.ts'
import { exportCommand, importCommand } from './transfer.ts'

const commands: Readonly<Record<string, SubCommand>> = {
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
  --preview                says what the columns are taken for and what would happen, and takes nobody in
  --phone-column, --name-column, --language-column, --tags-column <column>
  --encoding utf-8|utf-16le|utf-16be|windows-1256, --delimiter ,|;|tab|'|', --sheet <name>
                           how the file is to be read, where that is not found out right
  --tag <tag> …            for everybody in the file
  --audience <id>          a list that everybody joins
  --on-duplicate update|skip
  --consent <words> --consent-source <where>   what everybody in the file has agreed to
waqtor contacts export             everybody, into a file
  --out <file>             contacts.csv when absent; .xlsx for Excel
  --format csv|xlsx        whatever the name of the file says
waqtor contacts opt-outs           who wants to hear no more, the latest first
  --instance <id>          the account, for all of these (default)`

/** `waqtor contacts …` */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  return runSubCommand({ name: 'contacts', usage, commands }, argv, io)
}
