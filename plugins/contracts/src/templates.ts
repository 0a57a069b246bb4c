import { defineService } from '@waqtor/kernel'
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

export interface Templates {
  /** @throws WaqtorError WAQ_NOT_FOUND (404) */
  get(instance: string, templateId: string): Promise<StoredTemplate>
}

export const Templates = defineService<Templates>('templates')
