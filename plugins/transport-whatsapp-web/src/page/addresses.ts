import type { PageGlobals } from './globals.ts'

/* Functions of this file are evaluated in the page: nothing from outside exists for them. */

/** The two addresses of a person, as far as they are known. */
export interface Addresses {
  readonly pn: string | null
  readonly lid: string | null
}

/** What the page knows of an address by itself; asks nobody. */
export function knownAddresses(id: string): Addresses {
  const page = globalThis as unknown as PageGlobals
  const wid = page.require('WAWebWidFactory').createWid(id)
  const contacts = page.require('WAWebApiContact')
  if (id.endsWith('@lid')) return { lid: id, pn: contacts.getPhoneNumber(wid)?._serialized ?? null }
  return { pn: id, lid: contacts.getCurrentLid(wid)?._serialized ?? null }
}

/** Asks WhatsApp whether somebody has this number, and under which address. */
export async function askNumber(id: string): Promise<string | null> {
  const page = globalThis as unknown as PageGlobals
  const wid = page.require('WAWebWidFactory').createWid(id)
  const found = await page.require('WAWebQueryExistsJob').queryWidExists(wid)
  return found?.wid?._serialized ?? null
}
