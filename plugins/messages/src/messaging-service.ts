import {
  cardText,
  type DatabaseFile,
  type ForwardRequest,
  fail,
  type InboxWitness,
  type Messaging,
  mediaHash,
  type OutgoingDraft,
  type OutgoingMedia,
  type SendCardRequest,
  type SendMediaRequest,
  type SendResult,
  type SendTextRequest,
} from '@waqtor/contracts'
import { type Call, createBailHook, createWaterfallHook, type Logger } from '@waqtor/kernel'
import type { DirectSends } from './direct/direct-sends.ts'
import type { Witnesses } from './inbox/witnesses.ts'
import { requireMessage } from './message-store.ts'

/** The two hooks of messaging. Incoming skips a broken tap; outgoing fails closed. */
export function createMessagingHooks(log: Logger): Messaging['hooks'] {
  return {
    incoming: createBailHook({
      name: 'messaging.incoming',
      onError: 'skip',
      onFailure: (error) => log.error(error.message, { plugin: error.plugin, cause: error.cause }),
    }),
    outgoing: createWaterfallHook<OutgoingDraft>({ name: 'messaging.outgoing', onError: 'abort' }),
  }
}

export interface MessagingOptions
  extends Pick<Messaging, 'hooks' | 'normalizeChatId' | 'defaultCountry' | 'fetchFile'> {
  readonly sends: DirectSends
  readonly witnesses: Witnesses
  readonly fileOf: (instance: string) => DatabaseFile
}

/** Sending as commands and other plugins do it: one address in any writing, one row in the outbox. */
export class MessagingService implements Messaging {
  readonly hooks: Messaging['hooks']
  readonly normalizeChatId: (address: string) => string
  readonly defaultCountry: string | undefined
  readonly fetchFile: Messaging['fetchFile']
  readonly #sends: DirectSends
  readonly #witnesses: Witnesses
  readonly #fileOf: (instance: string) => DatabaseFile

  constructor(options: MessagingOptions) {
    const { hooks, sends, witnesses, normalizeChatId, defaultCountry, fileOf, fetchFile } = options
    this.fetchFile = fetchFile
    this.#fileOf = fileOf
    this.defaultCountry = defaultCountry
    this.hooks = hooks
    this.#witnesses = witnesses
    this.#sends = sends
    this.normalizeChatId = normalizeChatId
  }

  witness(witness: InboxWitness): () => void {
    return this.#witnesses.add(witness)
  }

  sendText({ instance, chatId, text, options }: SendTextRequest, call: Call): Promise<SendResult> {
    const to = this.normalizeChatId(chatId)
    return this.#sends.send(
      {
        instance,
        chatId: to,
        content: () => ({ body: text }),
        ...(options && { options }),
        request: { kind: 'text', instance, to, text, options },
      },
      call,
    )
  }

  sendMedia({ instance, chatId, media, caption, options }: SendMediaRequest, call: Call): Promise<SendResult> {
    const to = this.normalizeChatId(chatId)
    const { data, ...described } = media
    return this.#sends.send(
      {
        instance,
        chatId: to,
        content: () => ({ body: caption, media }),
        ...(options && { options }),
        request: { kind: 'media', instance, to, caption, options, media: { ...described, hash: mediaHash(data) } },
      },
      call,
    )
  }

  /**
   * As `sendMedia`, with a file that is somewhere else until it is needed: not for a repetition, nor before the session is
   * ready. `source` says which one it is, so that a repetition is known by it.
   */
  sendMediaFrom(
    { instance, chatId, caption, options }: Omit<SendMediaRequest, 'media'>,
    source: Readonly<Record<string, unknown>>,
    load: () => Promise<OutgoingMedia>,
    call: Call,
  ): Promise<SendResult> {
    const to = this.normalizeChatId(chatId)
    return this.#sends.send(
      {
        instance,
        chatId: to,
        content: async () => ({ body: caption, media: await load() }),
        ...(options && { options }),
        request: { kind: 'media', instance, to, caption, options, media: source },
      },
      call,
    )
  }

  sendCard({ instance, chatId, card }: SendCardRequest, call: Call): Promise<SendResult> {
    const to = this.normalizeChatId(chatId)
    const request = { kind: 'card', instance, to, card }
    return this.#sends.send({ instance, chatId: to, content: () => ({ body: cardText(card), card }), request }, call)
  }

  forward({ instance, messageId, chatId }: ForwardRequest, call: Call): Promise<SendResult> {
    const to = this.normalizeChatId(chatId)
    const content = async () => {
      const { kind, body, deleted_at } = await requireMessage(this.#fileOf(instance), messageId)
      if (deleted_at !== null) throw fail('WAQ_CONFLICT', `the message '${messageId}' was deleted`)
      return { body, forward: { messageId, kind } }
    }
    const request = { kind: 'forward', instance, to, messageId }
    return this.#sends.send({ instance, chatId: to, content, request }, call)
  }
}
