import { fail } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { type Attachments, bySystem, type Caller } from './attachments.ts'
import type { Services } from './context.ts'
import type * as contract from './contract.ts'
import type { StoredMedia, StoredMessage, StoredVariant } from './message.ts'

type UpdateInput = z.output<typeof contract.updateCampaign.input>
export type MessageInput = Pick<UpdateInput, 'template' | 'languages' | 'media' | 'variants'>
type PartInput = Omit<MessageInput, 'variants'>

/** A text with what goes with it, before its file has been taken. */
interface Written extends Pick<StoredVariant, 'text' | 'language' | 'languages'> {
  readonly media: PartInput['media']
}

/** Makes the message of a campaign out of what a caller says. Later changes to a template or a file change no campaign. */
export class Composer {
  readonly #services: Services
  readonly #attachments: Attachments

  constructor(services: Services, attachments: Attachments) {
    this.#services = services
    this.#attachments = attachments
  }

  /**
   * @param before the message that is changed; what the input leaves out stays as it was
   * @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_MEDIA_INVALID (400), WAQ_CONFLICT (409), or as `fetchFile`: no file has been taken then
   */
  async compose(instance: string, input: MessageInput, by: Caller, before?: StoredMessage): Promise<StoredMessage> {
    const made: StoredVariant[] = []
    // Only a message of one part is changed bit by bit.
    const old = input.variants === undefined && before?.variants.length === 1 ? before.variants[0] : undefined
    try {
      for (const it of partsOf(input, old)) {
        const written = await this.#write(instance, it, old)
        const media = await this.#take(it.media === undefined ? written.media : it.media, it, by, before)
        made.push({ name: it.name, share: it.share, ...written, media })
      }
      return { variants: made }
    } catch (error) {
      await this.#attachments.release({ variants: made }, before)
      throw error
    }
  }

  async #write(instance: string, { template, languages }: PartInput, old?: StoredVariant): Promise<Written> {
    if (typeof template === 'object') {
      const { text, language, variants, media } = await this.#stored(instance, template.templateId)
      const texts = Object.fromEntries(Object.entries(variants).map(([name, it]) => [name, it.text]))
      return { text, language, languages: { ...texts, ...languages }, media }
    }
    return {
      text: template ?? old!.text,
      language: old?.language ?? null,
      languages: languages ?? old?.languages ?? {},
      media: old?.media,
    }
  }

  /** A file that is the campaign's own already stays; of any other it gets a copy. */
  async #take(
    media: PartInput['media'],
    asked: PartInput,
    by: Caller,
    before?: StoredMessage,
  ): Promise<StoredMedia | null> {
    if (!media) return null
    const { fileId } = media
    const own = fileId === undefined ? undefined : before?.variants.find((it) => it.media?.fileId === fileId)?.media
    if (own) return { ...own, kind: media.kind ?? own.kind, filename: media.filename ?? own.filename }
    // The file of a stored template belongs to the template, whoever uses it.
    return this.#attachments.take(media, asked.media ? by : bySystem)
  }

  #stored(instance: string, templateId: string) {
    const { templates } = this.#services
    if (templates) return templates.get(instance, templateId)
    throw fail('WAQ_NOT_FOUND', "stored templates need the 'templates' plugin, which this config does not have")
  }
}

function partsOf({ variants, ...single }: MessageInput, old?: StoredVariant) {
  if (variants === undefined) {
    if (single.template === undefined && !old)
      throw fail('WAQ_CONFLICT', "a campaign with variants is changed by giving all of its 'variants'")
    return [{ ...single, name: 'A', share: 1 }]
  }
  if (new Set(variants.map((it) => it.name)).size < variants.length)
    throw fail('WAQ_CONFLICT', 'two variants have the same name')
  return variants
}
