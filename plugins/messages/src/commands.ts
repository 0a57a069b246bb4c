import { type Files, fail, type Messaging } from '@waqtor/contracts'
import type { PluginContext } from '@waqtor/kernel'
import type { Outgoing } from '@waqtor/outgoing-requests'
import type { Actions } from './changes/actions.ts'
import * as contract from './contract.ts'
import { fetchMedia, isUrl } from './media/fetched-media.ts'
import type { MessageMedia } from './media/message-media.ts'
import type { MessagingService } from './messaging-service.ts'
import { decodeMedia, storedMedia } from './outgoing-media.ts'
import type { Reading } from './reading.ts'

export interface Parts {
  readonly messaging: MessagingService
  readonly reading: Reading
  readonly actions: Actions
  readonly media: MessageMedia
  readonly files: Files | undefined
  /** Fetches what callers name by its URL. */
  readonly outgoing: Outgoing
  /** Larger files are not sent. */
  readonly maxBytes: number
}

/** Answers the commands of the contract. */
export function handleCommands(
  ctx: Pick<PluginContext, 'handle'>,
  { messaging, reading, actions, media, files, outgoing, maxBytes }: Parts,
): void {
  ctx.handle(contract.sendText, (input, call) => messaging.sendText(input, call))
  ctx.handle(contract.sendMedia, async ({ instance, chatId, caption, options, media, fileId, ...about }, call) => {
    const message = { instance, chatId, caption, ...(options && { options }) }
    if (media !== undefined && isUrl(media)) {
      const source = { ...about, url: media }
      return messaging.sendMediaFrom(
        message,
        source,
        () => fetchMedia(source, { outgoing, maxBytes }, call.signal),
        call,
      )
    }
    const file =
      fileId === undefined
        ? decodeMedia({ ...about, media: media ?? '' })
        : await storedMedia({ ...about, fileId }, files, call.principal, maxBytes)
    return messaging.sendMedia({ ...message, media: file }, call)
  })
  ctx.handle(contract.sendLocation, ({ instance, chatId, latitude, longitude, name, address }, call) => {
    const place = {
      latitude,
      longitude,
      ...(name !== undefined && { name }),
      ...(address !== undefined && { address }),
    }
    return messaging.sendCard({ instance, chatId, card: { kind: 'location', ...place } }, call)
  })
  ctx.handle(contract.sendContact, ({ instance, chatId, name, phoneNumber }, call) => {
    const card = { kind: 'contact' as const, name, phoneNumber: digitsOf(messaging, phoneNumber) }
    return messaging.sendCard({ instance, chatId, card }, call)
  })
  ctx.handle(contract.sendPoll, ({ instance, chatId, question, options, multiple }, call) =>
    messaging.sendCard({ instance, chatId, card: { kind: 'poll', question, options, multiple } }, call),
  )
  ctx.handle(contract.forwardMessage, (input, call) => messaging.forward(input, call))

  ctx.handle(contract.reactToMessage, async (input, call) => {
    await actions.react(input, call)
    return {}
  })
  ctx.handle(contract.editMessage, async (input, call) => {
    await actions.edit(input, call)
    return {}
  })
  ctx.handle(contract.deleteMessage, async (input, call) => {
    await actions.delete(input, call)
    return {}
  })
  ctx.handle(contract.markSeen, async ({ instance, chatId }, call) => {
    await actions.perform(instance, { do: 'seen', chatId: messaging.normalizeChatId(chatId) }, call)
    return {}
  })
  ctx.handle(contract.showTyping, async ({ instance, chatId, state }, call) => {
    await actions.perform(instance, { do: 'typing', chatId: messaging.normalizeChatId(chatId), state }, call)
    return {}
  })
  ctx.handle(contract.getMedia, (input, call) => media.get(input, call))

  ctx.handle(contract.listMessages, (input) => reading.list(input))
  ctx.handle(contract.getMessage, (input) => reading.get(input))
  ctx.handle(contract.searchMessages, (input) => reading.search(input))
  ctx.handle(contract.listChats, (input) => reading.chats(input))
  ctx.handle(contract.getChat, (input) => reading.chat(input))
  ctx.handle(contract.listChatMessages, (input) => reading.list(input))
}

/** The phone number on a contact card, as digits. */
function digitsOf({ normalizeChatId }: Messaging, phoneNumber: string): string {
  const chatId = normalizeChatId(phoneNumber)
  if (!chatId.endsWith('@c.us')) throw fail('WAQ_CHAT_ID_INVALID', `'${phoneNumber}' is not a phone number`)
  return chatId.slice(0, -'@c.us'.length)
}
