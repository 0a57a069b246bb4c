import type { CliIo } from '@waqtor/contracts'
import { downloadFile, reportRejected, uploadFile } from '@waqtor/contracts/cli-files'
import { none, only, parse, requirePlace, requireReadable, tableFormat } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import type * as contract from '../contract.ts'

type Preview = z.output<typeof contract.previewFile.output>
type Imported = z.output<typeof contract.importContacts.output>
type Exported = z.output<typeof contract.exportContacts.output>

const text = { type: 'string' } as const
const roles = ['phone', 'name', 'language', 'tags'] as const

/** `waqtor contacts import <file>` */
export async function importCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    preview: { type: 'boolean', default: false },
    'phone-column': text,
    'name-column': text,
    'language-column': text,
    'tags-column': text,
    tag: { type: 'string', multiple: true },
    audience: text,
    'on-duplicate': text,
    consent: text,
    'consent-source': text,
    encoding: text,
    delimiter: text,
    sheet: text,
  })
  const path = io.resolvePath(only(positionals, 'the file'))
  await requireReadable(path)
  const columns = Object.fromEntries(
    roles.flatMap((it) => (values[`${it}-column`] === undefined ? [] : [[it, values[`${it}-column`]]])),
  )
  await using client = await io.connect()
  const { fileId } = await uploadFile(client, path, { signal: io.signal })
  const { instance, encoding, delimiter, sheet } = values
  const file = {
    instance,
    fileId,
    columns,
    ...(encoding !== undefined && { encoding }),
    // A tab is hard to type.
    ...(delimiter !== undefined && { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
    ...(sheet !== undefined && { sheet }),
  }
  try {
    if (values.preview && !io.json) {
      const preview = (await client.execute('contacts.previewFile', file, { signal: io.signal })) as Preview
      for (const line of describe(preview)) io.print(line)
      if (preview.mapping === null) return 1
    }
    const input = {
      ...file,
      preview: values.preview,
      ...(values.tag !== undefined && { tags: values.tag }),
      ...(values.audience !== undefined && { audienceId: values.audience }),
      ...(values['on-duplicate'] !== undefined && { onDuplicate: values['on-duplicate'] }),
      ...(values.consent !== undefined && {
        consent: { text: values.consent, source: values['consent-source'] ?? 'import' },
      }),
    }
    const imported = (await client.execute('contacts.import', input, { signal: io.signal })) as Imported
    io.print(io.json ? JSON.stringify(imported) : summary(imported, values.preview))
    await reportRejected(io, client, path, imported)
    return 0
  } finally {
    // The server deletes it by itself after a while, so the first error is the one to tell.
    await client.execute('files.delete', { fileId }).catch(() => {})
  }
}

/** `waqtor contacts export` */
export async function exportCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance: { type: 'string', default: 'default' },
    format: text,
    out: text,
  })
  none(positionals)
  const format = tableFormat(values.out, values.format)
  if (values.out !== undefined) await requirePlace(io.resolvePath(values.out))
  await using client = await io.connect()
  const input = { instance: values.instance, format }
  const made = (await client.execute('contacts.exportAll', input, { signal: io.signal })) as Exported
  const path = io.resolvePath(values.out ?? made.filename)
  await downloadFile(client, made.fileId, path, { signal: io.signal })
  await client.execute('files.delete', { fileId: made.fileId })
  io.print(io.json ? JSON.stringify({ ...made, path }) : `${made.contacts} contacts: ${path}`)
  return 0
}

function describe({ format, encoding, sheet, mapping, columns, people }: Preview): string[] {
  const how = [format, encoding, sheet && `sheet '${sheet}'`].filter(Boolean).join(', ')
  const lines = [`${how}; columns: ${columns.join(', ')}`]
  if (mapping === null) return [...lines, 'no column looks like phone numbers: say which one it is with --phone-column']
  for (const [role, column] of Object.entries(mapping))
    if (typeof column === 'string') lines.push(`  ${role}: ${column}`)
  for (const { line, chatId, name } of people.slice(0, 5)) lines.push(`  line ${line}: ${chatId} ${name}`)
  return lines
}

function summary({ created, updated, unchanged, duplicates, rejectedCount }: Imported, preview: boolean): string {
  const lines = `${created} new, ${updated} changed, ${unchanged} as they were, ${duplicates} duplicates folded, ${rejectedCount} lines that cannot be used`
  return preview ? `it would be ${lines}` : lines
}
