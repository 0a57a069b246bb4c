import { InstanceField } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'
import { AudienceFilter } from './audiences.ts'
import { ConsentInput, OnDuplicate, Rejected, reading, Tag, writing } from './shapes.ts'

const longMs = 30 * 60_000
const Format = z.enum(['csv', 'xlsx', 'json'])
const Column = z.string().min(1).max(200)

/** Which column of a file is what. What is not named is found by its heading; every other column becomes a field. */
export const ImportColumns = z.strictObject({
  phone: Column.optional(),
  name: Column.optional(),
  language: Column.optional(),
  tags: Column.optional().describe('Several in one cell are parted by commas or semicolons'),
  consent: Column.optional().describe('The words that were agreed to, or yes and no'),
  consentSource: Column.optional(),
  consentAt: Column.optional().describe('2026-01-31'),
})

const file = {
  instance: InstanceField,
  fileId: z.string().max(64),
  format: Format.optional().describe('Taken from the file when absent'),
  encoding: z
    .enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1256'])
    .optional()
    .describe('Of a CSV or JSON file; taken from the file when absent'),
  delimiter: z.enum([',', ';', '\t', '|']).optional().describe('Of a CSV file; taken from its first line when absent'),
  sheet: z.string().min(1).max(200).optional().describe('Name of the sheet of an XLSX file; the first one when absent'),
  columns: ImportColumns.prefault({}),
}

export const previewFile = defineCommand('contacts.previewFile', {
  ...reading,
  summary: 'Look at the beginning of a file as an import would take it: columns, encoding, first people, problems',
  http: { method: 'POST', path: '/contacts/import/preview' },
  hints: { readOnly: true, example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV' } },
  input: z.strictObject({ ...file, rows: z.int().min(1).max(100).default(20) }),
  output: z.object({
    format: Format,
    encoding: z.string().nullable(),
    delimiter: z.string().nullable(),
    sheet: z.string().nullable(),
    columns: z.array(z.string()),
    mapping: z
      .record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))
      .nullable()
      .describe('What each column is taken for; null when no column looks like phone numbers: say which one it is'),
    people: z.array(
      z.object({
        line: z.int(),
        chatId: z.string(),
        name: z.string(),
        language: z.string().nullable(),
        tags: z.array(z.string()),
        fields: z.record(z.string(), z.string()),
      }),
    ),
    rejected: z.array(Rejected),
  }),
})

export const importContacts = defineCommand('contacts.import', {
  ...writing,
  summary: 'Import contacts from a CSV, XLSX or JSON file that was uploaded',
  http: { method: 'POST', path: '/contacts/import' },
  timeoutMs: longMs,
  hints: {
    example: { fileId: 'file_01JDK5XRZ6S8D0F3G5H7J9KANV', onDuplicate: 'update', tags: ['shop'], preview: true },
  },
  input: z.strictObject({
    ...file,
    onDuplicate: OnDuplicate.default('update'),
    tags: z.array(Tag).max(64).default([]).describe('For everybody in the file'),
    audienceId: z.string().max(64).optional().describe('A list that everybody in the file joins'),
    consent: ConsentInput.optional().describe('For everybody in the file who has none yet'),
    preview: z.boolean().default(false).describe('Says what would happen and changes nothing'),
  }),
  output: z.object({
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    duplicates: z.int().describe('Lines about somebody who stands in the file already'),
    rejected: z.array(Rejected).describe('The first hundred'),
    rejectedCount: z.int(),
    rejectedFileId: z
      .string()
      .nullable()
      .describe('All of them, as a file; null when there are none, and for a preview'),
  }),
})

export const exportContacts = defineCommand('contacts.exportAll', {
  ...reading,
  summary: 'Export contacts into a file',
  http: { method: 'POST', path: '/contacts/export' },
  timeoutMs: longMs,
  hints: { example: { format: 'xlsx' } },
  input: z.strictObject({
    instance: InstanceField,
    format: z.enum(['csv', 'xlsx']).default('csv'),
    filter: AudienceFilter.optional().describe('Everybody when absent'),
  }),
  output: z.object({ fileId: z.string(), filename: z.string(), bytes: z.int(), contacts: z.int() }),
})
