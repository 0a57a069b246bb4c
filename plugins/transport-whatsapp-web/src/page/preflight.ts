import type { PageGlobals, RawMessage } from './globals.ts'

/** What is to be known before a message is handed to the page. */
export interface Preflight {
  readonly state: string | null
  /** The library's functions are in the page: after a reload it takes a moment. */
  readonly isInjected: boolean
  /** The page has this very message already. */
  readonly found: RawMessage | null
  readonly hasChat: boolean
  /** Nothing stands in the way of a message, and it will get the id that was drawn for it. */
  readonly isArmed: boolean
}

/**
 * Evaluated in the page: nothing from outside exists for it. Where the page has been taught to take ids (`armNextId`) and
 * there is nothing left to be asked, it takes this one: one round trip instead of two. Of two that overlap only the later one
 * does: the page hung, and the earlier one was given up.
 */
export async function preflight(
  messageIds: readonly string[],
  chatIds: readonly string[],
  drawn?: string,
): Promise<Preflight> {
  const page = globalThis as unknown as PageGlobals
  if (drawn !== undefined) page.waqtorTurn = drawn
  if (typeof page.require !== 'function' || !page.WWebJS) {
    return { state: null, isInjected: false, found: null, hasChat: false, isArmed: false }
  }
  const { Msg, Chat } = page.require('WAWebCollections')
  const { createWid } = page.require('WAWebWidFactory')
  let found: RawMessage | null = null
  for (const id of messageIds) {
    const message = Msg.get(id) ?? (await Msg.getMessagesById([id]))?.messages?.[0]
    if (message) found ??= page.WWebJS.getMessageModel(message)
  }
  const state = page.require('WAWebSocketModel').Socket.state ?? null
  const hasChat = chatIds.some((it) => Chat.get(createWid(it)) !== undefined)
  const isClear = found === null && state === 'CONNECTED' && hasChat
  const isArmed = isClear && drawn !== undefined && page.waqtorTurn === drawn && page.waqtorDrawsIds === true
  if (isArmed) page.waqtorNextId = drawn
  return { state, isInjected: true, found, hasChat, isArmed }
}
