import { readFile } from 'node:fs/promises'
import {
  type DatabaseFile,
  type FileInfo,
  type Files,
  fail,
  type IncomingMedia,
  type Instances,
  TransportError,
} from '@waqtor/contracts'
import { type Call, isWaqtorError, type Principal, systemPrincipal } from '@waqtor/kernel'
import { translate } from '../changes/actions.ts'
import { requireMessage } from '../message-store.ts'
import { fileOf, type MessageFile, rememberFile, SYSTEM } from './message-files.ts'

export interface MessageMediaOptions {
  readonly instances: Instances
  readonly files: Files | undefined
  readonly fileOf: (instance: string) => DatabaseFile
  /** Larger files are not fetched. */
  readonly maxBytes: number
  /** How long a download waits for the session. Milliseconds. */
  readonly waitMs: number
}

interface OneMessage {
  readonly instance: string
  readonly messageId: string
}

type Found = MessageFile & { readonly info: FileInfo & { readonly path: string } }

/** The files of messages: fetched when somebody wants them, and kept for a while for those who asked. */
export class MessageMedia {
  readonly #options: MessageMediaOptions
  /** What is being fetched ahead: who asks for it meanwhile waits for that. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(options: MessageMediaOptions) {
    this.#options = options
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_MEDIA_TOO_LARGE (413), or as the transport says */
  async get({ instance, messageId }: OneMessage, { principal, signal }: Pick<Call, 'principal' | 'signal'>) {
    const file = this.#options.fileOf(instance)
    const message = await requireMessage(file, messageId)
    if (message.has_media === 0 || message.deleted_at !== null)
      throw fail('WAQ_NOT_FOUND', `the message '${messageId}' has no file`)
    const { files } = this.#options
    if (!files) return inline(messageId, await this.#download(instance, messageId, signal))
    // Why that one failed is its own affair; here it is tried again.
    await this.#underWay.get(`${instance}/${messageId}`)?.catch(() => {})
    const owner = principal?.id ?? SYSTEM
    const own = await this.#stored(files, file, messageId, owner, principal)
    if (own) return stored(messageId, own)
    const common = await this.#stored(files, file, messageId, SYSTEM, systemPrincipal)
    const media: IncomingMedia = common
      ? { mimeType: common.mimeType, filename: common.info.filename, data: await readFile(common.info.path) }
      : await this.#download(instance, messageId, signal)
    return stored(messageId, await this.#store(files, file, messageId, owner, principal, media))
  }

  /** Fetches the file of a message before anybody asks, into `files`. */
  async fetchAhead({ instance, messageId }: OneMessage, files: Files, signal: AbortSignal): Promise<void> {
    const { fileOf: open } = this.#options
    const fetching = this.#download(instance, messageId, signal).then(async (media) => {
      await this.#store(files, open(instance), messageId, SYSTEM, null, media)
    })
    const key = `${instance}/${messageId}`
    this.#underWay.set(key, fetching)
    try {
      await fetching
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #download(instance: string, messageId: string, signal: AbortSignal): Promise<IncomingMedia> {
    const { instances, maxBytes, waitMs } = this.#options
    const { transport } = await instances.ready(instance, { timeoutMs: waitMs, signal })
    if (!transport.download)
      throw fail('WAQ_ACTION_UNSUPPORTED', `the transport of '${instance}' cannot download files`)
    const media = await transport.download(messageId, maxBytes).catch((error: unknown) => {
      const tooLarge = error instanceof TransportError && error.failure === 'refused'
      throw tooLarge ? fail('WAQ_MEDIA_TOO_LARGE', error.message, { cause: error }) : translate(error)
    })
    if (!media) throw fail('WAQ_NOT_FOUND', `WhatsApp does not have the file of '${messageId}' any more`)
    return media
  }

  /** What was downloaded for this owner, while it is kept. */
  async #stored(
    files: Files,
    file: DatabaseFile,
    messageId: string,
    owner: string,
    principal: Principal | null,
  ): Promise<Found | undefined> {
    const known = await fileOf(file, messageId, owner)
    if (!known) return undefined
    try {
      return { ...known, info: await files.open(known.fileId, principal) }
    } catch (error) {
      if (isWaqtorError(error) && error.code === 'WAQ_NOT_FOUND') return undefined
      throw error
    }
  }

  async #store(
    files: Files,
    file: DatabaseFile,
    messageId: string,
    owner: string,
    principal: Principal | null,
    { data, mimeType, filename = 'file' }: IncomingMedia,
  ): Promise<MessageFile & { readonly info: FileInfo }> {
    const writer = await files.create({ filename, owner: principal })
    let info: FileInfo
    try {
      await writer.write(data)
      info = await writer.finish()
    } finally {
      await writer.abort()
    }
    const found = { fileId: info.fileId, mimeType, info }
    await file.write((tx) => rememberFile(tx, messageId, owner, found))
    return found
  }
}

function stored(messageId: string, { fileId, mimeType, info }: MessageFile & { readonly info: FileInfo }) {
  return { messageId, mimeType, filename: info.filename, bytes: info.bytes, fileId, data: null }
}

function inline(messageId: string, { mimeType, filename, data }: IncomingMedia) {
  const content = Buffer.from(data).toString('base64')
  return { messageId, mimeType, filename: filename ?? null, bytes: data.byteLength, fileId: null, data: content }
}
