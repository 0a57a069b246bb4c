import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../library/library.ts'
import { isReload } from '../mapping/reasons.ts'

const tries = 6
const betweenMs = 200

export interface Preparation {
  /** How many documents the page has had. What is asked of one may be answered by the next, which is not ready for it. */
  readonly documents: () => number
  /** Somebody else prepares the page, or nobody needs it any more. */
  readonly isOver: () => boolean
}

/**
 * Has the library look into the page, and again when that is loaded anew under its hands.
 * @throws what it could not get over, always an Error: the library throws plain strings, too
 */
export async function preparePage(client: Pick<Client, 'inject'>, { documents, isOver }: Preparation): Promise<void> {
  for (let left = tries; ; left--) {
    const document = documents()
    try {
      return await client.inject()
    } catch (error) {
      const isAnother = isReload(error) || documents() > document
      if (!isAnother || left <= 1 || isOver()) throw asError(error)
      await pause(betweenMs)
    }
  }
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
