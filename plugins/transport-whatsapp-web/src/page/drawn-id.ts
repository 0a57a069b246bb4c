import type { PageGlobals } from './globals.ts'

/**
 * Evaluated in the page: the message that is made next gets this id. The page looks `newId` up whenever it makes a message,
 * so it can be put before the original; an id is used once. Answers false where the page does not let itself be told.
 */
export function armNextId(id: string): boolean {
  const page = globalThis as unknown as PageGlobals
  if (!page.waqtorDrawsIds) {
    const keys = page.require('WAWebMsgKey')
    const original = keys.newId
    if (typeof original !== 'function') return false
    const drawn = async (...args: unknown[]) => {
      const next = page.waqtorNextId
      page.waqtorNextId = undefined
      return next ?? original.apply(keys, args)
    }
    try {
      keys.newId = drawn
    } catch {
      return false
    }
    if (keys.newId !== drawn) return false
    page.waqtorDrawsIds = true
  }
  page.waqtorNextId = id
  return true
}

/**
 * Evaluated in the page: an id that no message has used is not used by the next one either, nor is one that the page is
 * still being prepared for.
 */
export function disarmNextId(): void {
  const page = globalThis as unknown as PageGlobals
  page.waqtorTurn = undefined
  page.waqtorNextId = undefined
}
