import { z } from '@waqtor/kernel'
import { Language } from './message.ts'

const Value = z.union([z.string().max(4_096), z.number(), z.boolean()]).transform(String)
export const Values = z.record(z.string().max(64), Value)

/** A number in any writing, or a number with its own variables. */
export const RecipientInput = z.union([
  z.string().max(64),
  z.strictObject({ to: z.string().max(64), variables: Values.default({}), language: Language.optional() }),
])

export const FileInput = z
  .strictObject({
    csv: z.string().optional().describe('The text of a CSV file with a header line'),
    fileId: z.string().max(64).optional().describe('An uploaded file: CSV, XLSX or JSON'),
    phoneColumn: z.string().max(1_000).optional().describe('Where the numbers stand; found by its name when absent'),
  })
  .refine((it) => (it.csv === undefined) !== (it.fileId === undefined), {
    message: "must hold either 'csv' or 'fileId'",
  })
  .describe('The columns become variables')

export const audienceFields = {
  recipients: z.array(RecipientInput).max(100_000).default([]),
  file: FileInput.optional(),
  audience: z
    .strictObject({ audienceId: z.string().max(64) })
    .optional()
    .describe('People from the contacts; who belongs to it is settled at the start'),
}

export const Rejected = z.object({
  line: z.int().describe('Line of the file, or place in the list, from 1'),
  value: z.string(),
  reason: z.string(),
})
export type Rejected = z.output<typeof Rejected>

export const Added = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejectedCount: z.int(),
  rejected: z.array(Rejected).describe('The first thousand'),
  rejectedFileId: z.string().nullable().describe('All of them as a CSV file that can be corrected and added again'),
})
