import { basename } from 'node:path'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { reportRejected, uploadFile } from '@waqtor/contracts/cli-files'
import { none, parse, requireReadable, UsageError } from '@waqtor/contracts/cli-usage'
import type { MessageWarning, Rejected } from '../contract.ts'
import { type CampaignValues, campaignInput, campaignOptions } from './message-options.ts'
import { plural } from './plural.ts'
import { noteWarnings } from './warnings.ts'

export interface Created {
  readonly campaignId: string
  readonly status: string
  readonly accepted: number
  readonly duplicates: number
  readonly rejectedCount: number
  readonly rejected: readonly Rejected[]
  readonly rejectedFileId: string | null
  readonly warnings: readonly MessageWarning[]
}

export interface Made extends AsyncDisposable {
  readonly client: CommandClient
  readonly instance: string
  readonly created: Created
  /** Nobody of the file can be written to; no campaign is left. */
  readonly isEmpty: boolean
}

/** Reads what `create` and `run` are told, makes the campaign, and says what of the file is used. */
export async function createFrom(argv: readonly string[], io: CliIo): Promise<Made> {
  const { values, positionals } = parse(argv, campaignOptions)
  const given: CampaignValues = values
  const [file, ...more] = positionals
  none(more)
  if (file === undefined && values.audience === undefined)
    throw new UsageError('the file is missing: a CSV, XLSX or JSON file of people, or --audience with an audience')
  if (file !== undefined && values.audience !== undefined)
    throw new UsageError('a file and --audience exclude each other: add the people of the file to the audience')
  const input = await campaignInput(given, io)
  const path = file === undefined ? undefined : io.resolvePath(file)
  if (path !== undefined) await requireReadable(path)

  const client = await io.connect()
  try {
    const { instance } = values
    const name = values.name ?? (path === undefined ? 'campaign' : basename(path))
    const created =
      path === undefined
        ? ((await client.execute('campaigns.create', { ...input, name })) as Created)
        : await createWith(client, path, values['phone-column'], { ...input, name }, io)
    const isEmpty = path !== undefined && created.accepted === 0
    if (path !== undefined) await report(io, client, path, created)
    if (!io.json) noteWarnings(io, created.warnings)
    if (isEmpty) {
      await client.execute('campaigns.delete', { instance, campaignId: created.campaignId })
      io.note('no line of the file can be used: no campaign is made and nothing is sent')
    }
    return { client, instance, created, isEmpty, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() }
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

/** Hands the file in, makes the campaign from it, and takes the file away again. */
async function createWith(
  client: CommandClient,
  path: string,
  phoneColumn: string | undefined,
  input: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<Created> {
  const { fileId } = await uploadFile(client, path, progressOf(io))
  const file = { fileId, ...(phoneColumn !== undefined && { phoneColumn }) }
  const made = client.execute('campaigns.create', { ...input, file }, { signal: io.signal })
  // It is deleted by itself after a day, so that the first error is the one to tell.
  return (await made.finally(() => client.execute('files.delete', { fileId }).catch(() => {}))) as Created
}

/** `waqtor campaign create <file> --template '…'` */
export async function createCommand(argv: readonly string[], io: CliIo): Promise<number> {
  await using made = await createFrom(argv, io)
  const { created, isEmpty } = made
  const { campaignId, status } = created
  if (io.json) io.print(JSON.stringify(created))
  else if (!isEmpty) {
    io.print(
      `${campaignId} is ${status === 'scheduled' ? 'scheduled: it starts by itself while a host runs' : 'a draft'}`,
    )
    io.print(`  waqtor campaign preview ${campaignId}   shows what it would send, to whom and until when`)
    io.print(`  waqtor campaign test ${campaignId}      sends it to yourself`)
    // Whoever follows a hint to start what is scheduled sends it weeks early.
    if (status === 'scheduled') io.print(`  waqtor campaign status ${campaignId}    tells when it starts`)
    else io.print(`  waqtor campaign start ${campaignId}     starts it`)
  }
  return isEmpty ? 1 : 0
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
    `${plural(accepted, 'recipient')}${duplicates > 0 ? `, ${plural(duplicates, 'duplicate')} folded` : ''}${rejectedCount > 0 ? `, ${plural(rejectedCount, 'line')} that cannot be used` : ''}`,
  )
  await reportRejected(io, client, path, created)
}
