import { TransportError } from '@waqtor/contracts'
import type { Client, Page } from '../library/library.ts'
import { limited } from '../library/limited.ts'

/** The page of a running connection, for those who ask it something. */
export class PageAccess {
  readonly client: Client
  readonly #isUsable: () => boolean

  /** @param isUsable false once the connection has ended, or while it has not begun */
  constructor(client: Client, isUsable: () => boolean) {
    this.client = client
    this.#isUsable = isUsable
  }

  /** @throws TransportError not-connected when there is no page to ask */
  require(): Page {
    const page = this.client.pupPage
    if (!page || !this.#isUsable())
      throw new TransportError('not-connected', 'the account is not connected to WhatsApp')
    return page
  }

  /** Has the page do something within a time. `work` is evaluated there: nothing from outside exists for it. */
  async ask<A extends readonly unknown[], R>(
    ms: number,
    what: string,
    work: (...args: A) => R | Promise<R>,
    ...args: A
  ): Promise<R> {
    return limited(ms, what, this.require().evaluate(work, ...args))
  }
}
