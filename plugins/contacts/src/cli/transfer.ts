import { access } from 'node:fs/promises'
import type { CliIo, CommandClient } from '@waqtor/contracts'
import { downloadFile, uploadFile } from '@waqtor/contracts/cli-files'
import { messageOf, type z } from '@waqtor/kernel'
import type * as contract from '../contract.ts'
import { only, parse, UsageError } from './usage.ts'

type Preview = z.output<typeof contract.previewFile.output>
type Imported = z.output<typeof contract.importContacts.output>

/** Bad lines shown on the screen; all of them go into the file. */
const shown = 10

/** `waqtor contacts import <file>` */
export async function importCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    preview: { type: 'boolean', default: false },
    'phone-column': { type: 'string' },
    'name-column': { type: 'string' },
    'language-column': { type: 'string' },
    'tags-column': { type: 'string' },
    tag: { type: 'string', multiple: true },
    audience: { type: 'string' },
    'on-duplicate': { type: 'string' },
    consent: { type: 'string' },
    'consent-source': { type: 'string' },
  })
  const path = io.resolvePath(only(positionals, 'the file'))
  await requireReadable(path)
  const columns = {
    ...(values['phone-column'] !== undefined && { phone: values['phone-column'] }),
    ...(values['name-column'] !== undefined && { name: values['name-column'] }),
    ...(values['language-column'] !== undefined && { language: values['language-column'] }),
    ...(values['tags-column'] !== undefined && { tags: values['tags-column'] }),
  }
  await using client = await io.connect()
  const { fileId } = await uploadFile(client, path, { signal: io.signal })
  const file = { instance: values.instance, fileId, columns }
  try {
    if (values.preview && !io.json) {
      const preview = (await client.execute('contacts.previewFile', file)) as Preview
      for (const line of describe(preview)) io.print(line)
      if (preview.mapping === null) return 1
    }
    const imported = (await client.execute('contacts.import', {
      ...file,
      preview: values.preview,
      ...(values.tag !== undefined && { tags: values.tag }),
      ...(values.audience !== undefined && { audienceId: values.audience }),
      ...(values['on-duplicate'] !== undefined && { onDuplicate: values['on-duplicate'] }),
      ...(values.consent !== undefined && {
        consent: { text: values.consent, source: values['consent-source'] ?? 'import' },
      }),
    })) as Imported
    await report(imported, values.preview, path, client, io)
    return 0
  } finally {
    await client.execute('files.delete', { fileId })
  }
}

/** `waqtor contacts export` */
export async function exportCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    out: { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError(`there is one argument too many: '${positionals[0]}'`)
  const format = values.out?.toLowerCase().endsWith('.xlsx') ? 'xlsx' : 'csv'
  await using client = await io.connect()
  const made = (await client.execute('contacts.exportAll', { instance: values.instance, format })) as z.output<
    typeof contract.exportContacts.output
  >
  const path = io.resolvePath(values.out ?? made.filename)
  await downloadFile(client, made.fileId, path)
  await client.execute('files.delete', { fileId: made.fileId })
  io.print(io.json ? JSON.stringify({ ...made, path }) : `${made.contacts} contacts: ${path}`)
  return 0
}

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    throw new UsageError(`the file '${path}' cannot be read: ${messageOf(error)}`)
  }
}

function describe({ format, encoding, mapping, columns, people }: Preview): string[] {
  const lines = [`${format}${encoding ? `, ${encoding}` : ''}; columns: ${columns.join(', ')}`]
  if (mapping === null) return [...lines, 'no column looks like phone numbers: say which one it is with --phone-column']
  for (const [role, column] of Object.entries(mapping))
    if (typeof column === 'string') lines.push(`  ${role}: ${column}`)
  for (const { line, chatId, name } of people.slice(0, 5)) lines.push(`  line ${line}: ${chatId} ${name}`)
  return lines
}

async function report(
  imported: Imported,
  preview: boolean,
  path: string,
  client: CommandClient,
  io: CliIo,
): Promise<void> {
  const { created, updated, unchanged, duplicates, rejected, rejectedCount, rejectedFileId } = imported
  if (io.json) io.print(JSON.stringify(imported))
  else
    io.print(
      `${preview ? 'it would be ' : ''}${created} new, ${updated} changed, ${unchanged} as they were, ${duplicates} duplicates folded, ${rejectedCount} lines that cannot be used`,
    )
  for (const { line, value, reason } of rejected.slice(0, shown))
    io.note(`  line ${line}: ${value || '(empty)'}: ${reason}`)
  if (rejectedFileId === null) return
  if (!preview) {
    const errors = `${path.replace(/\.(csv|tsv|txt|xlsx|json|jsonl|ndjson)$/i, '')}.errors.csv`
    await downloadFile(client, rejectedFileId, errors)
    io.note(`  all of them, to correct and import again: ${errors}`)
  }
  await client.execute('files.delete', { fileId: rejectedFileId })
}
