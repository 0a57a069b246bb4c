import type { PageGlobals } from './globals.ts'

/** How the page is doing. */
export interface PageHealth {
  /** Of the socket: CONNECTED, OPENING, TIMEOUT, UNPAIRED, CONFLICT … ; `null` while the page is still loading. */
  readonly state: string | null
  readonly hasSynced: boolean
  /** The library listens to this document: it has looked into it since it was loaded. */
  readonly isHeard: boolean
  /** The library has put its functions into the page. */
  readonly isInjected: boolean
  /** The page knows whose account it is. */
  readonly isLinked: boolean
}

/* Functions of this file are evaluated in the page: nothing from outside exists for them. */

export function readHealth(): PageHealth {
  const page = globalThis as unknown as PageGlobals
  const unknown = { state: null, hasSynced: false, isHeard: false, isInjected: false, isLinked: false }
  if (typeof page.require !== 'function') return unknown
  try {
    const { Socket } = page.require('WAWebSocketModel')
    const { getMaybeMePnUser, getMaybeMeLidUser } = page.require('WAWebUserPrefsMeUser')
    return {
      state: Socket.state ?? null,
      hasSynced: Socket.hasSynced === true,
      isHeard: page.AuthStore !== undefined,
      isInjected: page.WWebJS !== undefined,
      isLinked: Boolean(getMaybeMePnUser() ?? getMaybeMeLidUser()),
    }
  } catch {
    // A page that is still loading does not know its modules yet.
    return unknown
  }
}

/**
 * Tells the library that the page has synced, in case it did so before the library listened. Answers false where the
 * library does not listen at all.
 */
export function kickSync(): boolean {
  const page = globalThis as unknown as PageGlobals
  if (typeof page.onAppStateHasSyncedEvent !== 'function') return false
  void page.onAppStateHasSyncedEvent()
  return true
}

/**
 * The same, right after the library has begun to listen, and only where this document has synced before: then it has told
 * nobody, and will not by itself.
 */
export function tellMissedSync(): boolean {
  const page = globalThis as unknown as PageGlobals
  const { hasSynced } = page.require('WAWebSocketModel').Socket
  if (hasSynced !== true || page.waqtorCalled?.onAppStateHasSyncedEvent) return false
  void page.onAppStateHasSyncedEvent?.()
  return true
}

/** Asks the network about this very account: only a living connection can answer. */
export async function askNetwork(): Promise<boolean> {
  const page = globalThis as unknown as PageGlobals
  const { getMaybeMePnUser, getMaybeMeLidUser } = page.require('WAWebUserPrefsMeUser')
  const me = getMaybeMePnUser() ?? getMaybeMeLidUser()
  if (!me) return false
  await page.require('WAWebQueryExistsJob').queryWidExists(me)
  return true
}

/**
 * Closes the "What's new" dialog that a freshly linked account is shown: a dialog with a single button, which is not a
 * question. Answers whether there was one.
 */
export function dismissDialog(): boolean {
  interface Clickable {
    click(): void
  }
  interface Dialog {
    querySelectorAll(selector: string): ArrayLike<Clickable>
  }
  const { document } = globalThis as unknown as { document: { querySelectorAll(selector: string): Iterable<Dialog> } }
  let found = false
  for (const dialog of document.querySelectorAll('[role="dialog"]')) {
    const buttons = dialog.querySelectorAll('button, [role="button"]')
    if (buttons.length !== 1) continue
    buttons[0]!.click()
    found = true
  }
  return found
}
