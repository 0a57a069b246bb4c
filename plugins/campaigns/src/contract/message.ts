import { MediaUrl, TemplateWarning } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'

const Text = z.string().min(1).max(65_536)
/** BCP 47: `ar`, `en-GB`. */
export const Language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag like 'ar' or 'en-GB'")
const Languages = z.record(Language, Text).describe('What people of a language get instead')

export const TemplateInput = z
  .union([Text, z.strictObject({ templateId: z.string().max(64) })])
  .describe('The text, with {{variable}} or {{variable|default}}; or a stored template')

export const MediaInput = z
  .strictObject({
    fileId: z.string().min(1).max(64).optional().describe('A file that the caller uploaded'),
    url: MediaUrl.optional().describe('Where the file is: it is fetched at once, and only then'),
    kind: z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']).optional(),
    filename: z.string().min(1).max(255).optional(),
  })
  .refine((it) => (it.fileId === undefined) !== (it.url === undefined), 'name a `fileId` or a `url`, and not both')

const message = {
  template: TemplateInput.optional(),
  languages: Languages.optional(),
  media: MediaInput.optional().describe('A file that goes with the text as its caption'),
}

export const VariantInput = z.strictObject({
  name: z.string().trim().min(1).max(64),
  share: z.int().min(1).max(100).default(1).describe('Weight beside the other variants'),
  ...message,
  template: TemplateInput,
})

/** Each variant brings what it needs; what stands beside them would reach nobody. */
export function isWhole(it: { languages?: unknown; media?: unknown; variants?: unknown }): boolean {
  return it.variants === undefined || (it.languages === undefined && it.media === undefined)
}

/** Either one message, or two to five variants of it of which each recipient gets one. */
export const messageFields = {
  ...message,
  variants: z.array(VariantInput).min(2).max(5).optional().describe('A/B: each recipient gets one of these instead'),
}

/** What the author of a message probably did not mean. It keeps nobody from sending. */
export const MessageWarning = TemplateWarning.extend({
  variant: z.string().nullable().describe('In which of the variants, where there are several'),
})
export type MessageWarning = z.output<typeof MessageWarning>

export const warnings = z
  .array(MessageWarning)
  .describe('What in the texts is probably not meant, such as a variable that is none and would be sent as it stands')

/** The message of a campaign as it is stored, in words. */
export const MessageView = z.object({
  variants: z.array(
    z.object({
      name: z.string(),
      share: z.int(),
      text: z.string(),
      languages: z.record(z.string(), z.string()),
      media: z.object({ fileId: z.string(), kind: z.string(), filename: z.string() }).nullable(),
    }),
  ),
})
export type MessageView = z.output<typeof MessageView>
