import type { ChatModel, MessageModel, PageGlobals, RawMessage } from './globals.ts'

/* Functions of this file are evaluated in the page: nothing from outside exists for them. */

/** The first of these messages that the page has, in memory or in its database. */
export async function findMessage(ids: readonly string[]): Promise<RawMessage | null> {
  const page = globalThis as unknown as PageGlobals
  const { Msg } = page.require('WAWebCollections')
  for (const id of ids) {
    const found = Msg.get(id) ?? (await Msg.getMessagesById([id]))?.messages?.[0]
    if (found) return page.WWebJS!.getMessageModel(found)
  }
  return null
}

/** What a chat shows, the newest last. */
export interface ChatView {
  readonly messages: readonly RawMessage[]
  /** Nothing older is to be had. */
  readonly isWhole: boolean
}

/**
 * Reads a chat back to a message, or to a time, or to its beginning, but no more than `limit` messages. `null` when there is
 * no such chat.
 */
export async function readChat(
  chatIds: readonly string[],
  until: { readonly anchors: readonly string[]; readonly since: number; readonly limit: number },
): Promise<ChatView | null> {
  const page = globalThis as unknown as PageGlobals
  const { Chat } = page.require('WAWebCollections')
  const { createWid } = page.require('WAWebWidFactory')
  const { loadEarlierMsgs } = page.require('WAWebChatLoadMessages')
  const found = chatIds.map((it) => Chat.get(createWid(it))).filter((it): it is ChatModel => it !== undefined)
  if (found.length === 0) return null
  // Both addresses of a person may lead to one chat.
  const chats = new Set(found)
  const seen = new Map<string, MessageModel>()
  let isWhole = true
  for (const chat of chats) {
    const take = (messages: readonly MessageModel[]) => {
      for (const it of messages) seen.set(it.id._serialized, it)
    }
    take(chat.msgs.getModelsArray())
    for (;;) {
      const all = [...seen.values()]
      const isEnough =
        all.length >= until.limit ||
        all.some((it) => until.anchors.includes(it.id._serialized)) ||
        (until.since > 0 && all.some((it) => it.t < until.since))
      if (isEnough) {
        isWhole = false
        break
      }
      const before = seen.size
      const earlier = await loadEarlierMsgs({ chat })
      take(earlier ?? [])
      take(chat.msgs.getModelsArray())
      if (!earlier || earlier.length === 0 || seen.size === before) {
        // An end of the list is not the beginning of the chat: the phone may not have handed over everything yet.
        isWhole &&= chat.msgs.msgLoadState?.noEarlierMsgs === true
        break
      }
    }
  }
  const models = [...seen.values()].filter((it) => !it.isNotification)
  const order = new Map(models.map((it, index) => [it, index]))
  models.sort((a, b) => a.t - b.t || order.get(a)! - order.get(b)!)
  return { messages: models.map((it) => page.WWebJS!.getMessageModel(it)), isWhole }
}

/** Every message of the last time that the page has in memory, whatever its chat, the oldest first. */
export function readRecent(since: number, limit: number): RawMessage[] {
  const page = globalThis as unknown as PageGlobals
  const recent = page
    .require('WAWebCollections')
    .Msg.getModelsArray()
    .filter((it) => it.t >= since && !it.isNotification)
  const order = new Map(recent.map((it, index) => [it, index]))
  recent.sort((a, b) => a.t - b.t || order.get(a)! - order.get(b)!)
  return recent.slice(-limit).map((it) => page.WWebJS!.getMessageModel(it))
}
