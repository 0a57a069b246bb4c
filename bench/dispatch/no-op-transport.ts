import type { OutgoingMessage, SendReceipt, SentAnswer, Transport, TransportCapabilities } from '@waqtor/contracts'

/** Accepts everything at once: what is left is what the platform itself costs. */
export class NoOpTransport implements Transport {
  readonly capabilities: TransportCapabilities = {
    real: false,
    maxInFlight: 1_000,
    preDrawnIds: true,
    absentAfterMs: 60_000,
  }
  #ids = 0

  drawMessageId(): string {
    return `true_${(this.#ids++).toString(16).padStart(20, '0')}`
  }

  async send({ messageId }: OutgoingMessage): Promise<SendReceipt> {
    return { messageId: messageId!, timestamp: Date.now(), ack: 1 }
  }

  async findSent(): Promise<SentAnswer> {
    return { outcome: 'absent' }
  }

  async newestMessageId(): Promise<string | null> {
    return null
  }

  async resolveNumber(chatId: string): Promise<string> {
    return chatId
  }

  async requestPairingCode(): Promise<string> {
    return 'AAAA-AAAA'
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async logout(): Promise<void> {}
  async ping(): Promise<void> {}
}
