import {
  type Ack,
  bodyHash,
  type IncomingMedia,
  type MessageAction,
  type OutgoingMessage,
  type SendFailure,
  type SendReceipt,
  type SentAnswer,
  type SentQuery,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from '@waqtor/contracts'

/** What the network does with one send. */
export type Behaviour =
  /** `answered` puts the answer off; the network has the message at once. */
  | { readonly do: 'accept'; readonly ack?: Ack; readonly answered?: Promise<void> }
  /** It gets through and nobody says so. */
  | { readonly do: 'accept-silently' }
  /** It does not get through and nobody says so. */
  | { readonly do: 'swallow' }
  | { readonly do: 'reject'; readonly failure: SendFailure }

export interface Accepted {
  readonly message: OutgoingMessage
  readonly messageId: string
  readonly timestamp: number
  /** What the chat shows of it. */
  ack: Ack
}

/** A transport that does as it is told and keeps what it accepted. */
export class FakeTransport implements Transport {
  readonly capabilities: TransportCapabilities
  /** The network's own record: the judge. Survives reconnections when it is handed on. */
  readonly accepted: Accepted[]
  /** What happens to each message; accepted when this answers nothing. */
  behaviour: (message: OutgoingMessage) => Behaviour | undefined = () => undefined
  /** What a chat shows of its history. */
  history: 'full' | 'unreadable' = 'full'
  /** Sends that have begun. */
  begun = 0
  /** What was done to messages and in chats, in order. */
  readonly actions: MessageAction[] = []
  /** Why actions and downloads do not succeed. */
  failure: SendFailure | undefined
  /** The files of messages, by message id. */
  readonly media = new Map<string, IncomingMedia>()
  downloads = 0

  constructor(capabilities: Partial<TransportCapabilities> = {}, accepted: Accepted[] = []) {
    this.capabilities = { real: false, maxInFlight: 1_000, preDrawnIds: true, absentAfterMs: 5, ...capabilities }
    this.accepted = accepted
    if (!this.capabilities.preDrawnIds) this.drawMessageId = undefined
  }

  drawMessageId?: ((chatId: string) => string) | undefined = () => `true_${crypto.randomUUID()}`

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async logout(): Promise<void> {}
  async ping(): Promise<void> {}

  async requestPairingCode(): Promise<string> {
    return 'AAAA-BBBB'
  }

  send(message: OutgoingMessage): Promise<SendReceipt> {
    this.begun++
    const behaviour = this.behaviour(message) ?? { do: 'accept' }
    switch (behaviour.do) {
      case 'accept': {
        const { messageId, timestamp } = this.#accept(message, behaviour.ack)
        const receipt: SendReceipt = { messageId, timestamp, ack: behaviour.ack ?? 1 }
        return behaviour.answered ? behaviour.answered.then(() => receipt) : Promise.resolve(receipt)
      }
      case 'accept-silently':
        this.#accept(message)
        return new Promise(() => {})
      case 'swallow':
        return new Promise(() => {})
      case 'reject':
        return Promise.reject(new TransportError(behaviour.failure, `told to fail: ${behaviour.failure}`))
    }
  }

  async findSent({ chatId, bodyHash: wanted, messageId }: SentQuery): Promise<SentAnswer> {
    if (this.history === 'unreadable') return { outcome: 'inconclusive', reason: 'history-unreadable' }
    const matches = this.accepted
      .filter((it) => it.message.chatId === chatId)
      .filter((it) => (messageId ? it.messageId === messageId : bodyHash(it.message.body, it.message.media) === wanted))
      .map((it) => ({ messageId: it.messageId, ack: it.ack, timestamp: it.timestamp }))
    return matches.length > 0 ? { outcome: 'found', matches } : { outcome: 'absent' }
  }

  async newestMessageId(chatId: string): Promise<string | null> {
    return this.accepted.findLast((it) => it.message.chatId === chatId)?.messageId ?? null
  }

  async resolveNumber(chatId: string): Promise<string | null> {
    return chatId
  }

  async act(action: MessageAction): Promise<void> {
    if (this.failure) throw new TransportError(this.failure, `told to fail: ${this.failure}`)
    this.actions.push(action)
  }

  async download(messageId: string, maxBytes: number): Promise<IncomingMedia | null> {
    this.downloads++
    if (this.failure) throw new TransportError(this.failure, `told to fail: ${this.failure}`)
    const media = this.media.get(messageId) ?? null
    if (media && media.data.byteLength > maxBytes) throw new TransportError('refused', 'the file is too large')
    return media
  }

  #accept(message: OutgoingMessage, ack: Ack = 1): Accepted {
    const accepted = {
      message,
      messageId: message.messageId ?? `true_fake_${this.accepted.length}`,
      timestamp: Date.now(),
      ack,
    }
    this.accepted.push(accepted)
    return accepted
  }
}
