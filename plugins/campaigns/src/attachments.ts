import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Files, fail, type Messaging, type OutgoingMedia } from '@waqtor/contracts'
import { type Call, systemPrincipal } from '@waqtor/kernel'
import type { StoredMedia, StoredMessage, StoredVariant } from './message.ts'

/** Who asks for a file. */
export type Caller = Pick<Call, 'principal' | 'signal'>

/** A file that belongs to the system is not fetched, so nobody ends that. */
export const bySystem: Caller = { principal: systemPrincipal, signal: new AbortController().signal }

/** Files of this many campaigns are kept in memory. */
const kept = 4

/** One of the two says which file it is. */
interface Wanted {
  readonly fileId?: string | undefined
  readonly url?: string | undefined
  readonly kind?: OutgoingMedia['kind'] | undefined
  readonly filename?: string | undefined
}

/**
 * The files that go with messages. A campaign has a copy of its own, which lives and goes with it. The bytes of the latest
 * ones are kept in memory: a campaign sends one file many times.
 */
export class Attachments {
  readonly #files: Files | undefined
  readonly #messaging: Pick<Messaging, 'fetchFile'>
  readonly #loaded = new Map<string, Promise<Uint8Array>>()

  constructor(files: Files | undefined, messaging: Pick<Messaging, 'fetchFile'>) {
    this.#files = files
    this.#messaging = messaging
  }

  /**
   * Copies or fetches a file for a campaign.
   * @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_MEDIA_INVALID (400), or as `fetchFile`
   */
  async take({ fileId = '', url, kind, filename }: Wanted, by: Caller): Promise<StoredMedia> {
    const files = this.#required()
    if (url !== undefined) {
      const fetched = await this.#messaging.fetchFile({ url, kind, filename }, null, by.signal)
      await files.keep(fetched.fileId)
      return fetched
    }
    const source = await files.open(fileId, by.principal)
    const name = filename ?? source.filename
    const copy = await files.create({ filename: name, owner: null })
    try {
      for await (const chunk of createReadStream(source.path)) await copy.write(chunk)
      const made = await copy.finish()
      await files.keep(made.fileId)
      return {
        fileId: made.fileId,
        kind: kind ?? kindOf(source.contentType),
        filename: name,
        mimeType: source.contentType,
      }
    } catch (error) {
      await copy.abort()
      throw error
    }
  }

  /** Lets go of the files of a campaign that is gone, or of a message that was replaced, those excepted that `by` has as well. */
  async release({ variants }: StoredMessage, by?: StoredMessage): Promise<void> {
    const kept = new Set(by?.variants.map((it) => it.media?.fileId))
    for (const { media } of variants) {
      if (!media || kept.has(media.fileId)) continue
      this.#loaded.delete(media.fileId)
      await this.#files?.remove(media.fileId)
    }
  }

  /** The message of a campaign for another one, which has its own files. */
  async copy({ variants }: StoredMessage): Promise<StoredMessage> {
    const copied: StoredVariant[] = []
    try {
      for (const it of variants) copied.push({ ...it, media: it.media && (await this.take(it.media, bySystem)) })
      return { variants: copied }
    } catch (error) {
      await this.release({ variants: copied })
      throw error
    }
  }

  async load({ fileId, kind, filename, mimeType }: StoredMedia): Promise<OutgoingMedia> {
    const known = this.#loaded.get(fileId)
    const loading = known ?? this.#read(fileId)
    if (!known) {
      this.#loaded.set(fileId, loading)
      loading.catch(() => this.#loaded.delete(fileId))
      for (const oldest of this.#loaded.keys()) {
        if (this.#loaded.size <= kept) break
        this.#loaded.delete(oldest)
      }
    }
    return { kind, filename, mimeType, data: await loading }
  }

  async #read(fileId: string): Promise<Uint8Array> {
    const { path } = await this.#required().open(fileId, systemPrincipal)
    return readFile(path)
  }

  #required(): Files {
    if (!this.#files) throw fail('WAQ_MEDIA_INVALID', "files need the 'files' plugin, which this config does not have")
    return this.#files
  }
}

function kindOf(contentType: string): OutgoingMedia['kind'] {
  const [family] = contentType.split('/')
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document'
}
