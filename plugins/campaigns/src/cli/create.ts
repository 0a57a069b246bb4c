import { basename } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { reportRejected, uploadFile } from '@waqtor/contracts/cli-files'
import { none, parse, requireReadable, UsageError } from '@waqtor/contracts/cli-usage'
import type { Rejected } from '../contract.ts'
import { type CampaignValues, campaignInput, campaignOptions } from './message-options.ts'

export interface Created {
  readonly campaignId: string
  readonly status: string
  readonly accepted: number
  readonly duplicates: number
  readonly rejectedCount: number
  readonly rejected: readonly Rejected[]
  readonly rejectedFileId: string | null
}

/** Reads what `create` and `run` are told, makes the campaign, and says what of the file is used. */
export async function createFrom(
  argv: readonly string[],
  io: CliIo,
): Promise<{ readonly client: CommandClient; readonly instance: string; readonly created: Created }> {
  const { values, positionals } = parse(argv, campaignOptions)
  const given: CampaignValues = values
  const [file, ...more] = positionals
  none(more)
  if (file === undefined && values.audience === undefined)
    throw new UsageError('the file is missing: a CSV, XLSX or JSON file of people, or --audience with an audience')
  const input = await campaignInput(given, io)
  const path = file === undefined ? undefined : io.resolvePath(file)
  if (path !== undefined) await requireReadable(path)

  const client = await io.connect()
  try {
    const fileId = path === undefined ? undefined : (await uploadFile(client, path, progressOf(io))).fileId
    const phoneColumn = values['phone-column']
    const created = (await client.execute('campaigns.create', {
      ...input,
      name: values.name ?? (path === undefined ? 'campaign' : basename(path)),
      ...(fileId !== undefined && { file: { fileId, ...(phoneColumn !== undefined && { phoneColumn }) } }),
    })) as Created
    if (fileId !== undefined) await client.execute('files.delete', { fileId })
    if (path !== undefined) await report(io, client, path, created)
    return { client, instance: values.instance, created }
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

/** `waqtor campaign create <file> --template '…'` */
export async function createCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { client, created } = await createFrom(argv, io)
  await using _ = client
  if (io.json) io.print(JSON.stringify(created))
  else {
    io.print(`${created.campaignId} is ${created.status === 'scheduled' ? 'scheduled' : 'a draft'}`)
    io.print(`  waqtor campaign preview ${created.campaignId}   shows what it would send, to whom and until when`)
    io.print(`  waqtor campaign start ${created.campaignId}`)
  }
  return 0
}

function progressOf(io: CliIo) {
  if (!io.interactive || io.json) return { signal: io.signal }
  return {
    signal: io.signal,
    onProgress: (bytes: number, total: number) => {
      const isDone = bytes >= total
      process.stderr.write(`\r\u001b[2K${isDone ? '' : `reading the file: ${Math.floor((100 * bytes) / total)} %`}`)
    },
  }
}

/** Says what of the file is used, and leaves the bad lines in a file beside it. */
async function report(io: CliIo, client: CommandClient, path: string, created: Created): Promise<void> {
  const { accepted, duplicates, rejectedCount } = created
  io.note(
    `${accepted} recipients${duplicates > 0 ? `, ${duplicates} duplicates folded` : ''}${rejectedCount > 0 ? `, ${rejectedCount} lines that cannot be used` : ''}`,
  )
  await reportRejected(io, client, path, created)
}
