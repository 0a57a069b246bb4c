import { InstanceField, MediaUrl, PageQuery, page, TemplateWarning, Timestamp } from '@waqtor/contracts'
import { defineCommand, z } from '@waqtor/kernel'

const TemplateId = z.string().min(1).max(64)
const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}+$/u, 'must be one line')
  .describe('Unique within the account; case does not matter')
const Text = z
  .string()
  .max(65_536)
  .describe('With {{variable}} or {{variable|default}}; the caption where there is media')
const Language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, "must be a language tag (BCP 47) such as 'ar' or 'en-GB'")
  .max(35)
const Variants = z
  .record(Language, z.strictObject({ text: Text.min(1) }))
  .refine((it) => Object.keys(it).length <= 50, 'must be at most 50 languages')
  .describe('By language: what people of that language get instead')
const Value = z.union([z.string().max(4_096), z.number(), z.boolean()]).transform(String)
const Values = z
  .record(z.string().max(64), Value)
  .refine((it) => Object.keys(it).length <= 200, 'must be at most 200 variables')
  .default({})

export const MediaKind = z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker'])

const MediaInput = z
  .strictObject({
    kind: MediaKind.optional().describe("By the file's content when absent"),
    fileId: z.string().min(1).max(64).optional().describe('A file that the caller uploaded'),
    url: MediaUrl.optional().describe('Where the file is: it is fetched at once, and only then'),
    filename: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .regex(/^[^\p{Cc}/\\]+$/u, 'must be a name without a path')
      .optional()
      .describe("What the recipient sees; the file's own name when absent"),
  })
  .refine((it) => (it.fileId === undefined) !== (it.url === undefined), 'name a `fileId` or a `url`, and not both')
  .nullable()
  .describe('Sent with the text as its caption; removed together with the template')

export const Warning = TemplateWarning
export type Warning = TemplateWarning

const Summary = z.object({
  templateId: TemplateId,
  name: z.string(),
  language: z.string().nullable().describe('Of `text` (BCP 47)'),
  text: z.string(),
  media: z.object({ kind: MediaKind, fileId: z.string(), filename: z.string() }).nullable(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

/** A template as lists show it. */
export const TemplateSummary = Summary.extend({
  languages: z.array(z.string()).describe('Of the variants'),
})
export type TemplateSummary = z.output<typeof TemplateSummary>

/** A template with what is to be known about it. */
export const Template = Summary.extend({
  variants: z.record(z.string(), z.object({ text: z.string() })),
  variables: z.array(z.string()).describe('Every variable that any of its texts uses'),
  required: z.array(z.string()).describe('Those that somewhere have no default'),
  warnings: z.array(Warning),
})
export type Template = z.output<typeof Template>

const Rendered = z.object({
  text: z.string().describe('As it would be sent'),
  language: z.string().nullable().describe('Which of the texts was chosen'),
  characters: z.int().describe('UTF-16 code units, of which WhatsApp takes 65,536'),
  missing: z.array(z.string()).describe('Variables that have neither a value nor a default'),
  warnings: z.array(Warning),
})

const one = z.strictObject({ instance: InstanceField, templateId: TemplateId })
const example = {
  name: 'Welcome',
  language: 'en',
  text: 'Hello {{name|friend}}, welcome!',
  variants: { ar: { text: 'أهلا {{name|صديقنا}}، سعداء بك!' } },
}

/** A server has half a minute for a file that is named by its URL. */
const fetchingMs = 60_000

export const createTemplate = defineCommand('templates.create', {
  summary: 'Store a reusable message',
  permission: 'templates:write',
  scope: 'instance',
  http: { method: 'POST', path: '/templates', status: 201 },
  timeoutMs: fetchingMs,
  hints: { example },
  input: z.strictObject({
    instance: InstanceField,
    name: Name,
    text: Text.default(''),
    language: Language.nullable().default(null).describe('Of `text` (BCP 47)'),
    variants: Variants.default({}),
    media: MediaInput.default(null),
  }),
  output: Template,
})

export const listTemplates = defineCommand('templates.list', {
  summary: 'List templates, newest first',
  permission: 'templates:read',
  scope: 'instance',
  http: { method: 'GET', path: '/templates' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject({
    instance: InstanceField,
    name: Name.optional().describe('Only the one so named'),
    ...PageQuery,
  }),
  output: page(TemplateSummary),
})

export const getTemplate = defineCommand('templates.get', {
  summary: 'Get a template with its variants, variables and warnings',
  permission: 'templates:read',
  scope: 'instance',
  http: { method: 'GET', path: '/templates/{templateId}' },
  hints: { readOnly: true, example: { templateId: 'tpl_01JDK5W3F8H1Z6P4S9D2K7YQBM' } },
  input: one,
  output: Template,
})

export const updateTemplate = defineCommand('templates.update', {
  summary: 'Change a template; what is absent stays as it is, and campaigns that were made from it do, too',
  permission: 'templates:write',
  scope: 'instance',
  http: { method: 'PATCH', path: '/templates/{templateId}' },
  timeoutMs: fetchingMs,
  hints: { example: { templateId: 'tpl_01JDK5W3F8H1Z6P4S9D2K7YQBM', text: 'Hello {{name|friend}}!' } },
  input: one.extend({
    name: Name.optional(),
    text: Text.optional(),
    language: Language.nullable().optional(),
    variants: Variants.optional().describe('All of them: the given ones take the place of the present ones'),
    media: MediaInput.optional().describe('`null` removes it'),
  }),
  output: Template,
})

export const deleteTemplate = defineCommand('templates.delete', {
  summary: 'Delete a template with its file; campaigns that were made from it keep their text',
  permission: 'templates:write',
  scope: 'instance',
  http: { method: 'DELETE', path: '/templates/{templateId}', status: 204 },
  hints: { destructive: true, example: { templateId: 'tpl_01JDK5W3F8H1Z6P4S9D2K7YQBM' } },
  input: one,
  output: z.object({}),
})

const audience = {
  language: z.string().max(35).optional().describe('Of the person who gets it; the main text when absent'),
  variables: Values,
}

export const previewTemplate = defineCommand('templates.preview', {
  summary: 'Show what somebody would get',
  permission: 'templates:read',
  scope: 'instance',
  http: { method: 'POST', path: '/templates/{templateId}/preview' },
  hints: {
    readOnly: true,
    example: { templateId: 'tpl_01JDK5W3F8H1Z6P4S9D2K7YQBM', language: 'ar-EG', variables: { name: 'منى' } },
  },
  input: one.extend(audience),
  output: Rendered,
})

export const previewText = defineCommand('templates.previewText', {
  summary: 'Show what somebody would get of a text that is not stored',
  permission: 'templates:read',
  scope: 'instance',
  http: { method: 'POST', path: '/templates/preview' },
  hints: { readOnly: true, example: { text: 'Hello {{name|friend}}', variables: { name: 'Mona' } } },
  input: z.strictObject({
    instance: InstanceField,
    text: Text,
    textLanguage: Language.nullable().default(null).describe('Of `text` (BCP 47)'),
    variants: Variants.default({}),
    ...audience,
  }),
  output: Rendered,
})
