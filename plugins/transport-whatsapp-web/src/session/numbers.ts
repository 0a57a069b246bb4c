import { callFailure } from '../mapping/failures.ts'
import { askNumber } from '../page/addresses.ts'
import type { PageAccess } from './page-access.ts'

const limit = 20_000
/** A number may be registered any day, and so a no is not kept for long. */
const noMs = 600_000

/** Which numbers are on WhatsApp, asked once each. */
export class Numbers {
  readonly #page: PageAccess
  readonly #lookMs: number
  readonly #answers = new Map<string, { readonly chatId: string | null; readonly at: number }>()

  constructor(page: PageAccess, lookMs: number) {
    this.#page = page
    this.#lookMs = lookMs
  }

  /** @throws TransportError when nobody answers */
  async resolve(chatId: string): Promise<string | null> {
    this.#page.require()
    const kept = this.#answers.get(chatId)
    if (kept && (kept.chatId !== null || performance.now() - kept.at < noMs)) return kept.chatId
    let found: string | null
    try {
      found = await this.#page.ask(this.#lookMs, 'asking for a number', askNumber, chatId)
    } catch (error) {
      throw callFailure(error)
    }
    // An answer in another form names the same person: callers go on with the number.
    const answer = found?.endsWith('@lid') ? chatId : found
    this.#answers.set(chatId, { chatId: answer, at: performance.now() })
    if (this.#answers.size > limit) this.#answers.delete(this.#answers.keys().next().value!)
    return answer
  }
}
