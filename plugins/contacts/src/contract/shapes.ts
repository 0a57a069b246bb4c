import { ChatId, InstanceField, Timestamp } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

/** Fields that a contact may have. */
export const MOST_FIELDS = 64

/** Text as SQLite and JSON both keep it: no NUL, no half of a character. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((it) => it.isWellFormed() && !it.includes('\0'), 'must be whole characters without NUL')

export const Name = text(200).trim()
export const Tag = text(64).trim().min(1)
export const FieldName = text(64).min(1)
export const FieldValue = text(4_096)
export const Reason = text(500).trim().min(1)

const few = (it: object) => Object.keys(it).length <= MOST_FIELDS
/** Fields of the operator's own: flat texts. */
export const Fields = z.record(FieldName, FieldValue).refine(few, `must be at most ${MOST_FIELDS}`)
/** A change to fields: `null` takes one away, what is not named stays. */
export const FieldsPatch = z.record(FieldName, FieldValue.nullable()).refine(few, `must be at most ${MOST_FIELDS}`)

/** A language tag in its canonical writing, or nothing when the text is none. */
export function languageTag(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}

/** BCP 47, in any writing of case. */
export const Language = z
  .string()
  .max(35)
  .refine((it) => languageTag(it) !== undefined, 'must be a language tag such as ar or en-GB')
  .overwrite((it) => languageTag(it) ?? it)
  .describe('BCP 47: ar, en-GB')

export const ConsentInput = z.strictObject({
  source: text(200).trim().min(1).describe('Where it was given: `form`, `shop`'),
  text: text(2_000).describe('The words that the person agreed to'),
  at: Timestamp.optional().describe('Now when absent'),
})

/** What becomes of people who are contacts already. */
export const OnDuplicate = z
  .enum(['update', 'skip'])
  .describe('`update` adds what is new and takes nothing away; `skip` leaves the contact as it is')

export const Rejected = z.object({
  line: z.int().describe('Line of the file, or place in the list, from 1'),
  value: z.string(),
  reason: z.string(),
})
export type Rejected = z.output<typeof Rejected>

/** How a contact is named: by its id, or by a phone number in any usual writing. */
export const ContactRef = z.string().trim().min(3).max(64).describe("The contact's id, or its phone number")
/** A person, as a number in any usual writing or as a chat id. */
export const Phone = z.string().trim().min(3).max(64).describe('A phone number in any usual writing, or a chat id')

export const Contact = z.object({
  contactId: z.string(),
  chatId: ChatId,
  phone: z.string().nullable().describe('E.164; `null` where WhatsApp hides the number'),
  name: z.string(),
  language: z.string().nullable(),
  tags: z.array(z.string()),
  fields: z.record(z.string(), z.string()),
  consent: z.object({ source: z.string(), text: z.string(), at: Timestamp }).nullable(),
  optedOutAt: Timestamp.nullable(),
  wroteAt: Timestamp.nullable().describe('When the person wrote to us last'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type Contact = z.output<typeof Contact>

/** What every command about one contact takes. */
export const one = z.strictObject({ instance: InstanceField, contactId: ContactRef })
export const reading = { permission: 'contacts:read', scope: 'instance' } as const
export const writing = { permission: 'contacts:write', scope: 'instance' } as const
