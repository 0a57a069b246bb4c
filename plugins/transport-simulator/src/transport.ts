import { randomBytes } from 'node:crypto'
import {
  type IncomingMedia,
  type MessageAction,
  mediaHash,
  type OutgoingMedia,
  type OutgoingMessage,
  type SendReceipt,
  type SentAnswer,
  type SentQuery,
  type Transport,
  type TransportCapabilities,
  TransportError,
  type TransportFact,
  type TransportSetup,
} from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import type { NetworkAccess } from './access.ts'
import { Calls } from './calls.ts'
import { LinkFile } from './files/link-file.ts'
import type { Clock } from './network/clock.ts'
import { BODY_LIMIT, type Operation, PIECE_BYTES, type Results, type Session } from './network/operations.ts'

export const MAX_IN_FLIGHT = 1_000

export interface TransportOptions {
  readonly access: NetworkAccess
  /** Measures how long answers take. */
  readonly clock: Clock
  readonly autoPair: boolean
  readonly preDrawnIds: boolean
  readonly absentAfterMs: number
  /** How long an answer may take before the fate of the message counts as unknown. */
  readonly answerTimeoutMs: number
}

/** An account on the virtual network; the same for a network inside this process and for one beside it. */
export class SimulatorTransport implements Transport {
  readonly capabilities: TransportCapabilities
  readonly drawMessageId?: (chatId: string) => string
  readonly #options: TransportOptions
  readonly #setup: TransportSetup
  readonly #link: LinkFile
  readonly #calls: Calls
  /** Files that the network has from here or is getting, by their hashes. */
  readonly #uploads = new Map<string, Promise<void>>()
  #session: Session | undefined
  #stopped = false

  constructor(options: TransportOptions, setup: TransportSetup) {
    const { preDrawnIds, absentAfterMs } = options
    this.capabilities = { real: false, maxInFlight: MAX_IN_FLIGHT, preDrawnIds, absentAfterMs }
    if (preDrawnIds) this.drawMessageId = drawMessageId
    this.#options = options
    this.#setup = setup
    this.#link = new LinkFile(setup.directory)
    this.#calls = new Calls(options.clock, options.answerTimeoutMs)
  }

  async start(): Promise<void> {
    const { instance, directory, signal } = this.#setup
    if (this.#stopped || signal.aborted) throw new TransportError('not-connected', 'a transport starts once')
    if (this.#session) return
    signal.addEventListener('abort', this.#letGo, { once: true })
    const opening = { instance, pairing: this.#link.read(), autoPair: this.#options.autoPair }
    this.#session = this.#options.access.open(opening, directory, (fact) => this.#take(fact))
  }

  async stop(): Promise<void> {
    this.#letGo()
  }

  async logout(): Promise<void> {
    // Without the network the phone cannot be told; forgetting the pairing unlinks the account from this side.
    if (this.#session) await this.#call({ do: 'logout' }).catch(() => {})
    this.#letGo()
    this.#link.remove()
  }

  requestPairingCode(phoneNumber: string): Promise<string> {
    return this.#call<'code'>({ do: 'code', phoneNumber })
  }

  async send({ chatId, body, media, card, forwardOf, messageId }: OutgoingMessage): Promise<SendReceipt> {
    if (body.length > BODY_LIMIT) {
      throw new TransportError('refused', `WhatsApp takes no text of more than ${BODY_LIMIT} characters`)
    }
    return this.#call<'send'>({
      do: 'send',
      chatId,
      body,
      ...(media && { media: await this.#upload(media) }),
      ...(card && { card }),
      ...(forwardOf !== undefined && { forwardOf }),
      ...(messageId !== undefined && this.capabilities.preDrawnIds && { messageId }),
    })
  }

  async findSent(query: SentQuery): Promise<SentAnswer> {
    try {
      return await this.#call<'find'>({ do: 'find', ...query })
    } catch (error) {
      return { outcome: 'inconclusive', reason: messageOf(error) }
    }
  }

  newestMessageId(chatId: string): Promise<string | null> {
    return this.#call<'newest'>({ do: 'newest', chatId })
  }

  resolveNumber(chatId: string): Promise<string | null> {
    return this.#call<'resolve'>({ do: 'resolve', chatId })
  }

  async ping(): Promise<void> {
    await this.#call({ do: 'ping' })
  }

  async act(action: MessageAction): Promise<void> {
    await this.#call<'act'>({ do: 'act', action })
  }

  async download(messageId: string, maxBytes: number): Promise<IncomingMedia | null> {
    const pieces: Buffer[] = []
    for (let offset = 0; ; ) {
      const piece = await this.#call<'download'>({ do: 'download', messageId, maxBytes, offset })
      if (!piece) return null
      const { mimeType, filename, bytes, data } = piece
      const part = Buffer.from(data, 'base64')
      pieces.push(part)
      offset += part.byteLength
      if (offset < bytes && part.byteLength > 0) continue
      return { mimeType, data: new Uint8Array(Buffer.concat(pieces)), ...(filename !== null && { filename }) }
    }
  }

  /** The network gets each file once, before the first message that carries it. */
  async #upload({ kind, mimeType, data, filename }: OutgoingMedia) {
    const sha256 = mediaHash(data)
    const known = this.#uploads.get(sha256)
    const upload = known ?? this.#bring(sha256, data)
    if (!known) this.#uploads.set(sha256, upload)
    try {
      await upload
    } catch (error) {
      this.#uploads.delete(sha256)
      throw error
    }
    return { kind, sha256, mimeType, bytes: data.byteLength, ...(filename !== undefined && { filename }) }
  }

  async #bring(sha256: string, data: Uint8Array): Promise<void> {
    for (let offset = 0, last = false; !last; offset += PIECE_BYTES) {
      const piece = Buffer.from(data.subarray(offset, offset + PIECE_BYTES)).toString('base64')
      last = offset + PIECE_BYTES >= data.byteLength
      await this.#call<'upload'>({ do: 'upload', sha256, offset, data: piece, last })
    }
  }

  async #call<K extends keyof Results>(operation: Operation & { do: K }): Promise<Results[K]> {
    const session = this.#session
    if (!session) throw new TransportError('not-connected', `'${this.#setup.instance}' is not connected to the network`)
    const outcome = await this.#calls.begin<K>(
      (answer) => session.request(operation, answer),
      (reason) => new TransportError('unknown', reason),
    )
    if ('failure' in outcome) throw new TransportError(outcome.failure, outcome.message)
    return outcome.ok
  }

  #take(fact: TransportFact): void {
    if (this.#stopped) return
    if (fact.type === 'ready' && !this.#remember(fact.pairing)) return
    if (fact.type === 'disconnected') {
      this.#session = undefined
      if (fact.loggedOut) this.#link.remove()
      this.#calls.failAll(fact.reason)
    }
    this.#setup.report(fact)
  }

  /** Comes before anybody hears that the account is ready: a pairing that is used is one that outlives a crash. */
  #remember(pairing: string): boolean {
    try {
      if (this.#link.read() !== pairing) this.#link.write(pairing)
      return true
    } catch (error) {
      this.#session?.close()
      this.#take({ type: 'disconnected', reason: `the pairing cannot be stored: ${messageOf(error)}` })
      return false
    }
  }

  readonly #letGo = (): void => {
    this.#stopped = true
    this.#setup.signal.removeEventListener('abort', this.#letGo)
    this.#session?.close()
    this.#session = undefined
    this.#calls.failAll('the account was stopped before the answer came')
  }
}

function drawMessageId(chatId: string): string {
  return `true_${chatId}_3EB0${randomBytes(9).toString('hex').toUpperCase()}`
}
