import type { Double } from '../double.ts'
import type { AcceptedMessage, Change, Control, Delivery, Group, Scan, Signal } from '../options.ts'

/** How a double in another process is reached; plain data, to be handed from process to process. */
export interface DoubleAddress {
  readonly address: string
  readonly chromiumArgs: readonly string[]
}

/** A double that runs in another process, which it outlives. */
export class RemoteDouble implements Double {
  readonly chromiumArgs: readonly string[]
  readonly address: string

  constructor({ address, chromiumArgs }: DoubleAddress) {
    this.address = address
    this.chromiumArgs = chromiumArgs
  }

  control(control: Control): Promise<void> {
    return this.#ask('/control', control)
  }

  scan(scan: Scan): Promise<string> {
    return this.#ask('/scan', scan)
  }

  deliver(delivery: Delivery): Promise<string> {
    const { media } = delivery
    if (!media || typeof media.data === 'string') return this.#ask('/deliver', delivery)
    const data = Buffer.from(media.data).toString('base64')
    return this.#ask('/deliver', { ...delivery, media: { ...media, data } })
  }

  change(change: Change): Promise<void> {
    return this.#ask('/change', change)
  }

  group(group: Group): Promise<void> {
    return this.#ask('/group', group)
  }

  accepted(account?: string): Promise<readonly AcceptedMessage[]> {
    return this.#ask('/accepted', account)
  }

  count(messageId: string): Promise<number> {
    return this.#ask('/count', messageId)
  }

  signals(account?: string): Promise<readonly Signal[]> {
    return this.#ask('/signals', account)
  }

  number(account: string): Promise<string> {
    return this.#ask('/number', account)
  }

  async close(): Promise<void> {}

  async #ask<T>(method: string, argument: unknown): Promise<T> {
    const answer = await fetch(`${this.address}${method}`, { method: 'POST', body: JSON.stringify([argument ?? null]) })
    const { result, error } = (await answer.json()) as { result: T; error?: string }
    if (error !== undefined) throw new Error(error)
    return result
  }
}
