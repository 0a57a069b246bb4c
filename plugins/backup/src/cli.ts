import { parseArgs } from 'node:util'
import type { CliIo } from '@waqtor/contracts'
import { misused } from '@waqtor/contracts/cli-usage'
import { messageOf } from '@waqtor/kernel'
import { makeBackup } from './contract.ts'
import { copyBackup } from './copy-backup.ts'

const usage = `waqtor backup [--name <name>] [--to <directory>] [--json]

Copies every database and every settings document, while everything goes on, into the data directory's 'backups'.
  --name <name>      a–z, 0–9 and -; such a backup is never deleted to make room for a new one
  --to <directory>   copies it besides into a directory of yours, and compares every byte

WhatsApp sessions, uploaded files and the command line's key are not part of a backup. What is: every message and phone
number, readable by whoever has the backup. \`waqtor restore <backup>\` puts one back.`

/** `waqtor backup`. Answers 0, or 2 when it was written wrong. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let options: Options
  try {
    options = optionsOf(argv)
  } catch (error) {
    return misused({ name: 'backup', usage }, messageOf(error), io)
  }
  if (options.help) {
    io.print(usage)
    return 0
  }
  const made = await make(io, options.name)
  const path = options.to === undefined ? made.path : await copyBackup(made, io.resolvePath(options.to))
  if (io.json) io.print(JSON.stringify({ ...made, path }))
  else {
    io.note(
      `${made.files} files, ${(made.bytes / 1024 / 1024).toFixed(1)} MB. Put it back with: waqtor restore ${path}`,
    )
    io.print(path)
  }
  return 0
}

async function make(io: CliIo, name: string | undefined) {
  await using client = await io.connect()
  return makeBackup.output.parse(await client.execute(makeBackup.id, name === undefined ? {} : { name }))
}

type Options = ReturnType<typeof optionsOf>

function optionsOf(argv: readonly string[]) {
  const options = { name: { type: 'string' }, to: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  const { values } = parseArgs({ args: [...argv], options, strict: true })
  if (values.to === '') throw new Error('--to needs a directory')
  return values
}
