import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { CliIo } from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import Papa from 'papaparse'
import type { Rejected } from '../contract.ts'
import { parseRecipients } from '../recipients-csv.ts'
import { decodeText } from '../text-encoding.ts'
import { follow, summary } from './follow.ts'
import { only, parse, UsageError, wholeNumber } from './usage.ts'

/** Recipients a request: well under the body limit of a host with the default settings. */
const chunk = 2_000
/** Bad lines shown on the screen; all of them go into the file. */
const shown = 10

interface Added {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: readonly Rejected[]
}

/** `waqtor campaign run <file.csv> --template '…'` */
export async function runCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    template: { type: 'string', short: 't' },
    name: { type: 'string' },
    'phone-column': { type: 'string' },
    'in-flight': { type: 'string' },
    gap: { type: 'string' },
    instance: { type: 'string', default: 'default' },
  })
  const path = io.resolvePath(only(positionals, 'the CSV file'))
  if (!values.template)
    throw new UsageError("--template is missing: the text to send, for example --template 'Hello {{name}}'")
  const pacing = {
    inFlight: wholeNumber('in-flight', values['in-flight'], 1),
    gapMs: wholeNumber('gap', values.gap, 0),
  }
  const file = parseRecipients(decodeText(await read(path)), values['phone-column'])
  const { instance } = values

  await using client = await io.connect()
  const { campaignId } = (await client.execute('campaigns.create', {
    instance,
    name: values.name ?? basename(path),
    template: values.template,
    pacing,
  })) as { campaignId: string }
  const one = { instance, campaignId }

  const rejected = [...file.rejected]
  let accepted = 0
  let duplicates = 0
  for (let at = 0; at < file.rows.length; at += chunk) {
    const rows = file.rows.slice(at, at + chunk)
    const added = (await client.execute('campaigns.addRecipients', {
      ...one,
      recipients: rows.map(({ to, variables }) => ({ to, variables })),
    })) as Added
    accepted += added.accepted
    duplicates += added.duplicates
    // The place in the request is turned back into the line of the file.
    rejected.push(...added.rejected.map((it) => ({ ...it, line: rows[it.line - 1]!.line })))
  }
  await report(io, path, { accepted, duplicates, rejected: rejected.sort((a, b) => a.line - b.line) })
  if (accepted === 0) {
    io.note('no line of the file can be used; nothing is sent')
    await client.execute('campaigns.delete', one)
    return 1
  }

  await client.execute('campaigns.start', one)
  const campaign = await follow(client, one, io)
  if (io.json) io.print(JSON.stringify({ ...campaign, accepted, duplicates, rejected }))
  else for (const line of summary(campaign)) io.print(line)
  if (campaign.status === 'running' && !io.json)
    io.note(`not finished; it goes on while a host runs. Pause it with: waqtor campaign pause ${campaignId}`)
  return campaign.status === 'completed' && campaign.failed === 0 ? 0 : 1
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new UsageError(`the file '${path}' cannot be read: ${messageOf(error)}`)
  }
}

/** Says what of the file is used, and leaves the bad lines in a file beside it. */
async function report(io: CliIo, path: string, { accepted, duplicates, rejected }: Added): Promise<void> {
  io.note(
    `${accepted} recipients${duplicates > 0 ? `, ${duplicates} duplicates folded` : ''}${rejected.length > 0 ? `, ${rejected.length} lines that cannot be used` : ''}`,
  )
  if (rejected.length === 0) return
  for (const { line, value, reason } of rejected.slice(0, shown))
    io.note(`  line ${line}: ${value || '(empty)'}: ${reason}`)
  const errors = `${path.replace(/\.csv$/i, '')}.errors.csv`
  await writeFile(
    errors,
    `${Papa.unparse(
      rejected.map(({ line, value, reason }) => ({ line, value, reason })),
      { escapeFormulae: true },
    )}\n`,
  )
  io.note(`${rejected.length > shown ? `  … and ${rejected.length - shown} more; ` : '  '}all of them: ${errors}`)
}
