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
})

export const importContacts = defineCommand('contacts.import', {
  ...writing,
  summary: 'Import contacts from a CSV, XLSX or JSON file that was uploaded',
  http: { method: 'POST', path: '/contacts/import' },
  timeoutMs: longMs,
  hints: { example: { fileId: 'fil_01JD…', onDuplicate: 'update', tags: ['shop'], preview: true } },
  input: z.strictObject({
    instance: InstanceField,
    fileId: z.string().max(64),
    format: Format.optional().describe('Taken from the file when absent'),
    columns: ImportColumns.prefault({}),
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
    rejectedFileId: z.string().nullable().describe('All of them, as a file'),
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
    format: Format.default('csv'),
    filter: AudienceFilter.optional().describe('Everybody when absent'),
  }),
  output: z.object({ fileId: z.string(), contacts: z.int() }),
})
