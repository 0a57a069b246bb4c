import type { Addresses } from './addresses.ts'
import type { PageGlobals } from './globals.ts'

/* Functions of this file are evaluated in the page: nothing from outside exists for them. */

/** The addresses of this account. */
export function readMe(): Addresses {
  const page = globalThis as unknown as PageGlobals
  const { getMaybeMePnUser, getMaybeMeLidUser } = page.require('WAWebUserPrefsMeUser')
  return { pn: getMaybeMePnUser()?._serialized ?? null, lid: getMaybeMeLidUser()?._serialized ?? null }
}

/** Unlinks this account. */
export async function logoutPage(): Promise<void> {
  const page = globalThis as unknown as PageGlobals
  await page.require('WAWebSocketModel').Socket.logout()
}
