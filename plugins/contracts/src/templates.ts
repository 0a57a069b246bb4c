import { defineService, z } from '@waqtor/kernel'
import type { OutgoingMedia } from './transport.ts'

/** The words of a message in one language. */
export interface TemplateText {
  /** With `{{name}}` and `{{name|default}}`. The caption where there is media. */
  readonly text: string
}

/** A reusable message. */
export interface StoredTemplate {
  readonly templateId: string
  readonly name: string
  /** Of `text`; BCP 47. */
  readonly language: string | null
  readonly text: string
  /** By language: what people of that language get instead. */
  readonly variants: Readonly<Record<string, TemplateText>>
  /** Sent with the text as its caption. */
  readonly media: { readonly kind: OutgoingMedia['kind']; readonly fileId: string; readonly filename: string } | null
}

/** Something that the author probably did not mean. It keeps nobody from sending. */
export const TemplateWarning = z.object({
  language: z.string().nullable().describe('Which of the texts; `null` is the main one without a language'),
  code: z.enum(['too-long', 'unclosed', 'empty-name', 'unsupported', 'misspelt', 'unknown']),
  message: z.string(),
  fix: z.string().describe('What to do'),
  index: z.int().describe('Where it begins in the text, from 0'),
  length: z.int(),
  line: z.int().describe('The same place for people, from 1'),
  column: z.int(),
})
export type TemplateWarning = z.output<typeof TemplateWarning>

export interface Templates {
  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  get(instance: string, templateId: string): Promise<StoredTemplate>
}

export const Templates = defineService<Templates>('templates')
