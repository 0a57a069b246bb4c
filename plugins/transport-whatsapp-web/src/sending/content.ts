import { type OutgoingMessage, TransportError } from '@waqtor/contracts'
import type { Library, SendOptions } from '../library/library.ts'
import { writeVcard } from '../mapping/kinds.ts'

export interface ContentLimits {
  readonly textLength: number
  readonly mediaBytes: number
}

/** What the library is handed for a message. */
export interface Content {
  readonly content: unknown
  readonly options: SendOptions
}

/** @throws TransportError refused for what WhatsApp does not take: nothing has left then */
export function checkContent({ body, media }: OutgoingMessage, { textLength, mediaBytes }: ContentLimits): void {
  if (body.length > textLength) {
    throw new TransportError('refused', `WhatsApp takes no text of more than ${textLength} characters`)
  }
  if (media && media.data.byteLength > mediaBytes) {
    const megabytes = Math.floor(mediaBytes / 1024 / 1024)
    throw new TransportError('refused', `files of more than ${megabytes} MB are not sent (limits.mediaBytes)`)
  }
}

/**
 * How the library is told to send a message. It marks no chat as read and fetches no preview unless it is asked to: both
 * reach into parts of the page that break first.
 */
export function toContent(message: OutgoingMessage, library: Library, quotedForm: string | undefined): Content {
  const { body, media, card, mentionedIds, linkPreview } = message
  const common: SendOptions = {
    sendSeen: false,
    linkPreview: linkPreview === true,
    ...(quotedForm !== undefined && { quotedMessageId: quotedForm, ignoreQuoteErrors: false }),
    ...(mentionedIds !== undefined && mentionedIds.length > 0 && { mentions: [...mentionedIds] }),
  }
  if (card) return { content: toCard(card, library), options: { ...common, parseVCards: card.kind === 'contact' } }
  if (!media) return { content: body, options: { ...common, parseVCards: false } }
  const base64 = Buffer.from(media.data.buffer, media.data.byteOffset, media.data.byteLength).toString('base64')
  const options: SendOptions = {
    ...common,
    ...(body !== '' && { caption: body }),
    ...(media.kind === 'voice' && { sendAudioAsVoice: true }),
    ...(media.kind === 'sticker' && { sendMediaAsSticker: true }),
    ...(media.kind === 'document' && { sendMediaAsDocument: true }),
  }
  return { content: new library.MessageMedia(media.mimeType, base64, media.filename), options }
}

function toCard(card: NonNullable<OutgoingMessage['card']>, { Location, Poll }: Library): unknown {
  switch (card.kind) {
    case 'location': {
      const { latitude, longitude, name, address } = card
      return new Location(latitude, longitude, { ...(name && { name }), ...(address && { address }) })
    }
    case 'contact':
      return writeVcard(card.name, card.phoneNumber)
    case 'poll':
      return new Poll(card.question, card.options, { allowMultipleAnswers: card.multiple })
  }
}
