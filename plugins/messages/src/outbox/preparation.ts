import { bodyHash, type OutgoingDraft, type OutgoingMessage, type Session } from '@waqtor/contracts'
import type { WaterfallHook } from '@waqtor/kernel'
import type { Lanes } from './lanes.ts'
import type { Beginning, ClaimedRow } from './rows.ts'

/** A row that is rendered and waits for its turn. */
export interface Prepared {
  readonly row: ClaimedRow
  readonly message: OutgoingMessage
  readonly beginning: Beginning
}

export interface PreparationOptions {
  readonly instance: string
  readonly lanes: Lanes
  readonly outgoing: WaterfallHook<OutgoingDraft>
}

/**
 * Makes a claimed row ready: its lane renders it, the outgoing hook may change or stop it, and everything that will be
 * needed to find it again is drawn. Nothing of this touches the network but a look at the chat's newest message.
 * @returns undefined while the lane's plugin is away
 */
export async function prepare(
  row: ClaimedRow,
  session: Session,
  { instance, lanes, outgoing }: PreparationOptions,
): Promise<Prepared | undefined> {
  const lane = lanes.of(row.queue)
  if (!lane) return undefined
  const { id, queue, chat_id: chatId, payload } = row
  const { quotedMessageId, mentionedIds, linkPreview, ...rendered } = await lane.render(instance, {
    id,
    queue,
    chatId,
    payload,
  })
  const draft: OutgoingDraft = {
    instance,
    chatId,
    source: lane.source,
    ...rendered,
    ...(lane.source === 'campaign' && { campaignId: queue }),
  }
  const { body, media } = outgoing.owners.length > 0 ? await outgoing.call(draft) : draft
  const { transport, pairing } = session
  const messageId = row.message_id ?? transport.drawMessageId?.(chatId) ?? null
  const anchor = messageId ? null : await transport.newestMessageId(chatId)
  return {
    row,
    message: {
      chatId,
      body,
      ...(media && { media }),
      ...(quotedMessageId && { quotedMessageId }),
      ...(mentionedIds && { mentionedIds }),
      ...(linkPreview !== undefined && { linkPreview }),
      ...(messageId && { messageId }),
    },
    beginning: {
      id,
      queue,
      body,
      bodyHash: bodyHash(body, media),
      kind: media?.kind ?? 'text',
      anchor,
      pairing,
      messageId,
      at: Date.now(),
    },
  }
}
