import type { PageGlobals, RawMessage } from './globals.ts'

/* Functions of this file are evaluated in the page: nothing from outside exists for them. */

/** Passes a message on; answers the new one, which carries the id that was armed where the page honours it. */
export async function forwardMessage(
  chatId: string,
  messageIds: readonly string[],
  newId: string,
): Promise<RawMessage | null | 'missing'> {
  const page = globalThis as unknown as PageGlobals
  const { Msg, Chat } = page.require('WAWebCollections')
  let original: string | undefined
  for (const id of messageIds) {
    if (Msg.get(id) ?? (await Msg.getMessagesById([id]))?.messages?.[0]) original ??= id
  }
  if (original === undefined) return 'missing'
  await page.WWebJS!.forwardMessage(chatId, original)
  const chat = Chat.get(page.require('WAWebWidFactory').createWid(chatId))
  const own = (chat?.msgs.getModelsArray() ?? []).filter((it) => it.id.fromMe)
  const made = own.find((it) => it.id.id === newId) ?? own.at(-1)
  return made ? page.WWebJS!.getMessageModel(made) : null
}

/** What the page would let this account do to a message; `null` when it is not there. */
export async function capabilitiesOf(
  messageId: string,
): Promise<{ readonly canEdit: boolean; readonly canRevoke: boolean } | null> {
  const page = globalThis as unknown as PageGlobals
  const { Msg } = page.require('WAWebCollections')
  const message = Msg.get(messageId) ?? (await Msg.getMessagesById([messageId]))?.messages?.[0]
  if (!message) return null
  const can = page.require('WAWebMsgActionCapability')
  return {
    canEdit: message.id.fromMe && (can.canEditText(message) || can.canEditCaption(message)),
    canRevoke: can.canSenderRevokeMsg(message) || can.canAdminRevokeMsg(message),
  }
}

export async function showTyping(chatId: string, state: 'typing' | 'recording' | 'stop'): Promise<void> {
  const page = globalThis as unknown as PageGlobals
  await page.WWebJS!.sendChatstate(state, chatId)
}
