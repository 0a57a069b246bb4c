import type { PageGlobals, RawMessage } from './globals.ts'

/** What is to be known before a message is handed to the page. */
export interface Preflight {
  readonly state: string | null
  /** The library's functions are in the page: after a reload it takes a moment. */
  readonly isInjected: boolean
  /** The page has this very message already. */
  readonly found: RawMessage | null
  readonly hasChat: boolean
}

/** Evaluated in the page: nothing from outside exists for it. */
export async function preflight(messageIds: readonly string[], chatIds: readonly string[]): Promise<Preflight> {
  const page = globalThis as unknown as PageGlobals
  if (typeof page.require !== 'function' || !page.WWebJS) {
    return { state: null, isInjected: false, found: null, hasChat: false }
  }
  const { Msg, Chat } = page.require('WAWebCollections')
  const { createWid } = page.require('WAWebWidFactory')
  let found: RawMessage | null = null
  for (const id of messageIds) {
    const message = Msg.get(id) ?? (await Msg.getMessagesById([id]))?.messages?.[0]
    if (message) found ??= page.WWebJS.getMessageModel(message)
  }
  return {
    state: page.require('WAWebSocketModel').Socket.state ?? null,
    isInjected: true,
    found,
    hasChat: chatIds.some((it) => Chat.get(createWid(it)) !== undefined),
  }
}
