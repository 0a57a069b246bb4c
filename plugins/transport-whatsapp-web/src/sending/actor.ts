import { type IncomingMedia, type MessageAction, TransportError } from '@waqtor/contracts'
import type { Gate } from '../library/gate.ts'
import { limited } from '../library/limited.ts'
import { callFailure } from '../mapping/failures.ts'
import { hasMedia } from '../mapping/kinds.ts'
import { capabilitiesOf, showTyping } from '../page/actions.ts'
import type { RawMessage } from '../page/globals.ts'
import { findMessage } from '../page/messages.ts'
import type { Addresses } from '../session/addresses.ts'
import type { PageAccess } from '../session/page-access.ts'

export interface ActorOptions {
  readonly page: PageAccess
  readonly addresses: Addresses
  readonly lookMs: number
  readonly mediaMs: number
  readonly mediaGate: Gate
  /** Does something in the turn of the sends. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** Does something to messages that are there, and fetches their files. */
export class Actor {
  readonly #options: ActorOptions

  constructor(options: ActorOptions) {
    this.#options = options
  }

  async act(action: MessageAction): Promise<void> {
    this.#options.page.require()
    try {
      await this.#options.inTurn(() => this.#act(action))
    } catch (error) {
      throw callFailure(error)
    }
  }

  async download(messageId: string, maxBytes: number): Promise<IncomingMedia | null> {
    const { page, lookMs, mediaMs, mediaGate } = this.#options
    page.require()
    try {
      const message = await this.#find(messageId)
      if (!message || !hasMedia(message)) return null
      if ((message.size ?? 0) > maxBytes) throw tooLarge(maxBytes)
      return await mediaGate.run(async () => {
        const object = await limited(
          lookMs,
          'looking for a message',
          page.client.getMessageById(message.id._serialized),
        )
        const media = object && (await limited(mediaMs, 'fetching a file', object.downloadMedia()))
        if (!media) return null
        const data = new Uint8Array(Buffer.from(media.data, 'base64'))
        // The size that a sender names is the sender's word.
        if (data.byteLength > maxBytes) throw tooLarge(maxBytes)
        return { mimeType: media.mimetype, data, ...(media.filename && { filename: media.filename }) }
      })
    } catch (error) {
      throw callFailure(error)
    }
  }

  async #act(action: MessageAction): Promise<void> {
    const { page, lookMs } = this.#options
    const { client } = page
    page.require()
    switch (action.do) {
      case 'react': {
        const { id } = await this.#require(action.messageId)
        return limited(lookMs, 'reacting', client.sendReaction(id._serialized, action.emoji))
      }
      case 'edit':
        return this.#edit(action.messageId, action.body)
      case 'delete':
        return this.#delete(action.messageId, action.forEveryone)
      case 'seen':
        await limited(lookMs, 'marking a chat as read', client.sendSeen(action.chatId))
        return
      case 'typing':
        return page.ask(lookMs, 'showing that one writes', showTyping, action.chatId, chatState(action.state))
    }
  }

  async #edit(messageId: string, body: string): Promise<void> {
    const { page, lookMs } = this.#options
    const { id } = await this.#require(messageId)
    const can = await page.ask(lookMs, 'looking for a message', capabilitiesOf, id._serialized)
    if (!can?.canEdit)
      throw new TransportError('refused', 'WhatsApp lets only own texts of the last 15 minutes be edited')
    const object = await limited(lookMs, 'looking for a message', page.client.getMessageById(id._serialized))
    await limited(lookMs, 'editing a message', object!.edit(body, { linkPreview: false }))
  }

  async #delete(messageId: string, forEveryone: boolean): Promise<void> {
    const { page, lookMs } = this.#options
    const message = await this.#require(messageId)
    // Repeating it changes nothing more.
    if (forEveryone && message.type === 'revoked') return
    const can = await page.ask(lookMs, 'looking for a message', capabilitiesOf, message.id._serialized)
    // The library would delete it on this side alone, and say nothing.
    if (forEveryone && !can?.canRevoke)
      throw new TransportError('refused', 'WhatsApp does not let this message be deleted for everyone any more')
    const object = await limited(lookMs, 'looking for a message', page.client.getMessageById(message.id._serialized))
    await limited(lookMs, 'deleting a message', object!.delete(forEveryone))
  }

  async #find(messageId: string): Promise<RawMessage | null> {
    const { page, addresses, lookMs } = this.#options
    return page.ask(lookMs, 'looking for a message', findMessage, await addresses.idForms(messageId))
  }

  async #require(messageId: string): Promise<RawMessage> {
    const message = await this.#find(messageId)
    if (!message) throw missing(messageId)
    return message
  }
}

function chatState(state: 'typing' | 'recording' | 'paused'): 'typing' | 'recording' | 'stop' {
  return state === 'paused' ? 'stop' : state
}

function missing(messageId: string): TransportError {
  return new TransportError('refused', `the message '${messageId}' is not there`)
}

function tooLarge(maxBytes: number): TransportError {
  return new TransportError('refused', `the file is larger than ${maxBytes} bytes`)
}
