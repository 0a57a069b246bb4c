import type { CliIo } from '@waqtor/contracts'
import { runSubCommand, type SubCommand } from '@waqtor/contracts/cli-usage'
import { controlCommand } from './control.ts'
import { createCommand } from './create.ts'
import { cloneCommand, resolveCommand, retryCommand, startCommand, testCommand } from './decide.ts'
import { exportCommand } from './export.ts'
import { previewCommand } from './preview.ts'
import { runCommand } from './run.ts'
import { listCommand, statsCommand, statusCommand } from './status.ts'

const commands: Readonly<Record<string, SubCommand>> = {
  create: createCommand,
  preview: previewCommand,
  test: testCommand,
  run: runCommand,
  start: startCommand,
  list: listCommand,
  status: statusCommand,
  stats: statsCommand,
  pause: controlCommand('pause'),
  resume: controlCommand('resume'),
  cancel: controlCommand('cancel'),
  retry: retryCommand,
  resolve: resolveCommand,
  clone: cloneCommand,
  export: exportCommand,
}

const usage = `waqtor campaign run <file> --template '…'      create, start and follow a campaign
waqtor campaign create <file> --template '…'   make a draft
  <file>                   CSV, XLSX or JSON; or --audience <id> instead
  --template-id <id>       a stored template instead of --template
  --language ar='…'        what people of a language get instead; ar=@file for a text in a file
  --name <name>            shown in lists; the file's name when absent
  --phone-column <column>  where the numbers stand; found by its name when absent
  --in-flight <n>          messages under way at once (1)
  --gap <ms>               pause between two messages; 2000-6000 draws it at random
  --per-hour, --per-day <n>
  --hours <09:00-20:00>    by the recipients' clocks; …@Africa/Cairo by that one; any
  --at <time> --zone <z>   starts by itself: 2026-12-24T09:00 with --zone Asia/Riyadh
  --late ask|send|skip     when that time has passed unnoticed (ask)
  --courtesy auto|on|off   consent, once a week, few strangers a day, number check (auto)
  --on-unknown hold|resend|skip
  --instance <id>          the account to send from (default)
waqtor campaign preview <id> [--show 5]        what it would send, to whom, until when
waqtor campaign test <id> [--to <number>]      the message to yourself
waqtor campaign start | status | stats | pause | resume | cancel | retry <id>
waqtor campaign resolve <id> --as sent|resend|skip
waqtor campaign clone <id> [--without-recipients]
waqtor campaign export <id> [--format csv|xlsx] [--state failed] [--out <file>]
waqtor campaign list`

/** `waqtor campaign …` */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  return runSubCommand({ name: 'campaign', usage, commands }, argv, io)
}
