import {
  type Ack,
  type OutgoingMessage,
  type SendReceipt,
  type SentAnswer,
  type SentQuery,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from '@waqtor/contracts'
import { absentAfterMs, type Conduct, type Network } from './network.ts'

export interface LinkOptions {
  readonly network: Network
  readonly maxInFlight: number
  readonly preDrawnIds: boolean
  /** Told of each send before anything becomes of it. */
  readonly begins: (message: OutgoingMessage, conduct: Conduct) => void
}

const never = new Promise<never>(() => {})

/** One connection of one process to the network. */
export class Link implements Transport {
  readonly capabilities: TransportCapabilities
  readonly #options: LinkOptions
  #state: 'up' | 'down' | 'dead' = 'up'

  constructor(options: LinkOptions) {
    const { maxInFlight, preDrawnIds } = options
    this.#options = options
    this.capabilities = { real: false, maxInFlight, preDrawnIds, absentAfterMs }
    if (!preDrawnIds) this.drawMessageId = undefined
  }

  drawMessageId?: ((chatId: string) => string) | undefined = () => `true_${crypto.randomUUID()}`

  /** The connection breaks; answers to what was sent before may still come. */
  break(): void {
    if (this.#state === 'up') this.#options.network.broken()
    if (this.#state !== 'dead') this.#state = 'down'
  }

  /** The process that holds it is gone: nothing it does from now on has any effect, and nothing reaches it. */
  kill(): void {
    this.break()
    this.#state = 'dead'
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async logout(): Promise<void> {}
  async ping(): Promise<void> {}

  async requestPairingCode(): Promise<string> {
    return 'AAAA-BBBB'
  }

  async send(message: OutgoingMessage): Promise<SendReceipt> {
    if (this.#isUnheard()) return never
    const { network, begins } = this.#options
    const timestamp = Date.now()
    const answer = (messageId: string, ack: Ack) => this.#later({ messageId, timestamp, ack })
    const fails = (failure: TransportError['failure']) => new TransportError(failure, `told to fail: ${failure}`)
    const conduct = network.begin(message)
    begins(message, conduct)
    switch (conduct) {
      case 'accept':
        return answer(network.accept(message), 1)
      case 'accept-silently':
        network.accept(message)
        return never
      case 'answer-later': {
        const messageId = network.accept(message)
        const { promise, resolve } = Promise.withResolvers<void>()
        network.keepAnswer(resolve)
        await promise
        return answer(messageId, 1)
      }
      case 'accept-and-fail':
        network.accept(message)
        throw new Error('the page went away')
      case 'fail':
        throw fails('unknown')
      case 'swallow':
        return never
      case 'turn-up-late':
        network.delay(message)
        return never
      case 'pend':
        return answer(network.pend(message), 0)
      case 'pend-silently':
        network.pend(message)
        return never
      case 'refuse-by-ack':
        return answer(message.messageId ?? `refused_${network.attempts.length}`, -1)
      default:
        throw fails(conduct)
    }
  }

  async findSent(query: SentQuery): Promise<SentAnswer> {
    if (this.#isUnheard()) return never
    return this.#options.network.find(query)
  }

  async newestMessageId(chatId: string): Promise<string | null> {
    if (this.#isUnheard()) return never
    return this.#options.network.newest(chatId)
  }

  async resolveNumber(chatId: string): Promise<string | null> {
    if (this.#isUnheard()) return never
    return chatId
  }

  /** True when nobody is there any more to hear an answer. @throws TransportError when the connection is gone */
  #isUnheard(): boolean {
    this.#options.network.calls++
    if (this.#state === 'down') throw new TransportError('not-connected', 'the connection is gone')
    return this.#state === 'dead'
  }

  /** An answer takes its time, and finds nobody when the process is gone by then. */
  async #later(receipt: SendReceipt): Promise<SendReceipt> {
    const { network } = this.#options
    if (network.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, network.latencyMs))
    network.calls++
    return this.#state === 'dead' ? never : receipt
  }
}
