import {
  bodyHash,
  cardText,
  type OutgoingDraft,
  type OutgoingMessage,
  type RenderedMessage,
  type Session,
} from '@waqtor/contracts'
import type { WaterfallHook } from '@waqtor/kernel'
import type { Lanes } from './lanes.ts'
import type { Numbers } from './numbers.ts'
import { type Beginning, type ClaimedRow, isRestored } from './rows.ts'

/** A row that is rendered and waits for its turn. */
export interface Prepared {
  readonly row: ClaimedRow
  readonly message: OutgoingMessage
  readonly beginning: Beginning
}

export interface PreparationOptions {
  readonly instance: string
  readonly lanes: Lanes
  readonly numbers: Numbers
  readonly outgoing: WaterfallHook<OutgoingDraft>
}

/** The network does not know the number: nothing is sent. */
export class NotOnWhatsApp extends Error {}

/**
 * Makes a claimed row ready: its lane renders it, the outgoing hook may change or stop it, and everything that will be
 * needed to find it again is drawn. Nothing of this touches the network but looks: at the chat's newest message, and,
 * where the queue wants that, at whether the number exists.
 * @returns undefined while the lane's plugin is away
 * @throws NotOnWhatsApp where numbers are checked and this one does not exist
 */
export async function prepare(
  row: ClaimedRow,
  session: Session,
  checkNumber: boolean,
  { instance, lanes, numbers, outgoing }: PreparationOptions,
): Promise<Prepared | undefined> {
  const lane = lanes.of(row.queue)
  if (!lane) return undefined
  const { id, queue, chatId } = row
  if (checkNumber && (await numbers.knownAs(session, chatId)) === null) throw new NotOnWhatsApp()
  const rendered = await lane.render(instance, row)
  const { forward, quotedMessageId, mentionedIds, linkPreview } = rendered
  const tapped = outgoing.owners.length > 0
  const { body: text, media, card } = tapped ? await outgoing.call(draftOf(instance, row, rendered)) : rendered
  const body = card ? cardText(card) : forward ? rendered.body : text
  const { transport, pairing } = session
  const restored = isRestored(row)
  const messageId = row.message_id ?? (restored ? null : (transport.drawMessageId?.(chatId) ?? null))
  const anchor = messageId ? null : restored ? '' : await transport.newestMessageId(chatId)
  return {
    row,
    message: {
      chatId,
      body,
      media,
      card,
      forwardOf: forward?.messageId,
      quotedMessageId,
      mentionedIds,
      linkPreview,
      messageId: messageId ?? undefined,
    },
    beginning: {
      id,
      queue,
      // What comes from a backup may have been sent since: it is looked for first, from the time at which it was made.
      to: restored ? 'unknown' : 'sending',
      body,
      bodyHash: bodyHash(body, media),
      kind: media?.kind ?? card?.kind ?? forward?.kind ?? 'text',
      anchor,
      pairing: restored ? (row.pairing ?? '') : pairing,
      messageId,
      since: restored ? row.created_at : undefined,
    },
  }
}

function draftOf(
  instance: string,
  { queue, chatId, source }: ClaimedRow,
  { body, media, card, forward }: RenderedMessage,
): OutgoingDraft {
  return {
    instance,
    chatId,
    source,
    body,
    ...(media && { media }),
    ...(card && { card }),
    ...(forward && { forwardOf: forward.messageId }),
    ...(source === 'campaign' && { campaignId: queue }),
  }
}
