import { hash } from 'node:crypto'
import type { OutgoingMedia } from '@waqtor/contracts'
import { chooseLanguage, lookUp, parseTemplate, type Template, type Variables } from '@waqtor/message-template'

export interface StoredMedia {
  readonly fileId: string
  readonly kind: OutgoingMedia['kind']
  readonly filename: string
  readonly mimeType: string
}

export interface StoredVariant {
  readonly name: string
  readonly share: number
  readonly text: string
  /** Of `text`; `null` when it is not known. */
  readonly language: string | null
  /** By language: what people of that language get instead. */
  readonly languages: Readonly<Record<string, string>>
  readonly media: StoredMedia | null
}

/** The message of a campaign: one variant, or several of which each recipient gets one. */
export interface StoredMessage {
  readonly variants: readonly StoredVariant[]
}

/** What is stored with a recipient, as short as it can be: there may be a million of them. */
export interface Payload {
  /** The recipient's own variables. */
  readonly v?: Variables
  /** What the contact knows besides. */
  readonly c?: Variables
  /** The contact's language. */
  readonly l?: string
}

/** Names of the variables that have a value for everybody, whatever was given. */
export const builtIn = ['phone', 'name'] as const

interface CompiledVariant {
  readonly stored: StoredVariant
  readonly main: Template
  readonly languages: ReadonlyMap<string, Template>
}

export interface Chosen {
  readonly template: Template
  /** The language that was chosen; `null` for the main text. */
  readonly language: string | null
}

/** A campaign's message, ready to be rendered for one recipient after the other. */
export class CompiledMessage {
  readonly variants: readonly StoredVariant[]
  readonly #compiled: readonly CompiledVariant[]
  /** For every recipient. */
  readonly #variables: Variables

  constructor({ variants }: StoredMessage, variables: Variables) {
    this.variants = variants
    this.#variables = variables
    this.#compiled = variants.map((stored) => ({
      stored,
      main: parseTemplate(stored.text),
      languages: new Map(Object.entries(stored.languages).map(([name, text]) => [name, parseTemplate(text)])),
    }))
  }

  /** The variant that a recipient gets: always the same, and by their shares over many. */
  partOf(campaignId: string, chatId: string): number {
    if (this.variants.length === 1) return 0
    const whole = this.variants.reduce((sum, it) => sum + it.share, 0)
    let place = Number.parseInt(hash('sha1', `${campaignId}/${chatId}`, 'hex').slice(0, 8), 16) % whole
    return this.variants.findIndex((it) => {
      place -= it.share
      return place < 0
    })
  }

  /** The text of a variant that fits a language. */
  choose(part: number, language: string | undefined): Chosen {
    const { main, languages, stored } = this.#compiled[part]!
    if (languages.size === 0 || language === undefined) return { template: main, language: null }
    const written = stored.language === null ? [] : [stored.language]
    const chosen = chooseLanguage([...written, ...languages.keys()], language, null)
    const template = chosen === null ? undefined : languages.get(chosen)
    return template ? { template, language: chosen } : { template: main, language: null }
  }

  render(part: number, chatId: string, { v = {}, c = {}, l }: Payload): string {
    return this.choose(part, l).template.fill(this.#records(chatId, v, c))
  }

  /** Names of the variables that have no value for a recipient, and no default. */
  missing(part: number, chatId: string, { v = {}, c = {}, l }: Payload): readonly string[] {
    const value = lookUp(...this.#records(chatId, v, c))
    return this.choose(part, l).template.required.filter(
      (it) => value(it) === undefined || (value(it) === '' && it !== 'name'),
    )
  }

  /** A recipient's own win over the campaign's, and those over what the contact knows. */
  #records(chatId: string, own: Variables, contact: Variables): readonly Variables[] {
    return [own, this.#variables, contact, alwaysThere(chatId)]
  }
}

/** What everybody has, whatever was given. */
function alwaysThere(chatId: string): Record<(typeof builtIn)[number], string> {
  return { phone: `+${chatId.slice(0, chatId.indexOf('@'))}`, name: '' }
}
