import { Lane } from '../library/lane.ts'
import type { Client, Frame, Page } from '../library/library.ts'
import { limited } from '../library/limited.ts'
import { problemInWords } from '../mapping/reasons.ts'
import { preparePage } from './prepare-page.ts'

export interface NavigationOptions {
  readonly client: Client
  readonly page: Page
  readonly timeoutMs: number
  /** The page has another document. */
  readonly navigated: () => void
  /** How many it has had. */
  readonly documents: () => number
  readonly loggedOut: () => void
  readonly gone: (reason: string) => void
}

/**
 * Follows the page when it loads anew. The library does so for every frame, also those inside the page, does not wait for
 * itself and catches nothing; this takes its place: the main frame only, one after another.
 */
export class Navigation {
  readonly #options: NavigationOptions
  readonly #lane = new Lane()
  #latest = 0
  #done = 0

  constructor(options: NavigationOptions) {
    this.#options = options
    options.page.removeAllListeners('framenavigated')
    options.page.on('framenavigated', (frame) => this.#navigated(frame))
  }

  #navigated(frame: Frame): void {
    const { page, client, navigated, loggedOut } = this.#options
    if (frame !== page.mainFrame()) return
    navigated()
    if (frame.url().includes('post_logout=1') || client.lastLoggedOut) {
      loggedOut()
      return
    }
    this.#enqueue()
  }

  /** Has the library look into the page anew, unless it does so anyway. */
  prepare(): void {
    if (this.#done === this.#latest) this.#enqueue()
  }

  #enqueue(): void {
    const mine = ++this.#latest
    void this.#lane.run(async () => {
      // Only the last of several reloads is there to be prepared.
      if (mine === this.#latest) await this.#inject(mine)
      this.#done = mine
    })
  }

  async #inject(mine: number): Promise<void> {
    const { client, timeoutMs, documents, gone } = this.#options
    const isOver = () => mine !== this.#latest
    try {
      await limited(timeoutMs, 'preparing the page anew', preparePage(client, { documents, isOver }))
    } catch (error) {
      if (!isOver()) gone(problemInWords(error))
    }
  }
}
