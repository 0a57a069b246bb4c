import type { CliIo } from '@waqtor/contracts'
import { downloadFile } from '@waqtor/contracts/cli-files'
import { only, parse, requirePlace, tableFormat } from '@waqtor/contracts/cli-usage'
import { plural } from './plural.ts'

/** `waqtor campaign export <id> [--format csv|xlsx] [--out <file>]` */
export async function exportCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    format: { type: 'string' },
    state: { type: 'string' },
    out: { type: 'string' },
  })
  const campaignId = only(positionals, 'the id of the campaign')
  const format = tableFormat(values.out, values.format)
  if (values.out !== undefined) await requirePlace(io.resolvePath(values.out))
  await using client = await io.connect()
  const made = (await client.execute('campaigns.export', {
    instance: values.instance,
    campaignId,
    format,
    ...(values.state !== undefined && { state: values.state }),
  })) as { fileId: string; filename: string; rows: number; bytes: number }
  const path = io.resolvePath(values.out ?? made.filename)
  await downloadFile(client, made.fileId, path)
  await client.execute('files.delete', { fileId: made.fileId })
  io.print(io.json ? JSON.stringify({ ...made, path }) : `${plural(made.rows, 'recipient')}: ${path}`)
  return 0
}
