import { type KernelView, systemPrincipal, type z } from '@waqtor/kernel'
import type * as messages from '@waqtor/plugin-messages/contract'

type Sent = z.output<typeof messages.sendText.output>

/** The answer about a message that was sent. */
export interface SentAnswer extends Record<string, unknown> {
  readonly messageId: string
  readonly timestamp: number
  readonly data: { readonly id: string; readonly timestamp: number; readonly to: string }
}

/** Tells of sends; `to` is the chat that the message is in, however its number was written. */
export class SentAnswers {
  readonly #kernel: KernelView

  constructor(kernel: KernelView) {
    this.#kernel = kernel
  }

  async answer(instance: string, { messageId, timestamp }: Sent, address: string): Promise<SentAnswer> {
    const to = await this.#chatOf(instance, messageId, address)
    return { messageId, timestamp, data: { id: messageId, timestamp, to } }
  }

  /**
   * Which number a text stands for is known to who sends. It is looked up on our own account: a key that may send need not
   * hold the permission to read, and what it learns is whom it has just written to.
   */
  async #chatOf(instance: string, messageId: string, address: string): Promise<string> {
    if (address.includes('@')) return address
    const { commands } = this.#kernel
    const message = await commands
      .execute<typeof messages.getMessage.input, typeof messages.getMessage.output>(
        'messages.get',
        { instance, messageId },
        { principal: systemPrincipal },
      )
      // It was sent, and that is what has to be said.
      .catch(() => undefined)
    return message?.chatId ?? address
  }
}
