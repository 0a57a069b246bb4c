import {
  type IncomingMedia,
  type MessageAction,
  type OutgoingMessage,
  type SendReceipt,
  type SentAnswer,
  type SentQuery,
  type Transport,
  type TransportCapabilities,
  TransportError,
  type TransportSetup,
  type TransportUsage,
} from '@waqtor/contracts'
import { messageOf } from '@waqtor/kernel'
import { Profile } from './files/profile.ts'
import type { Ending } from './mapping/reasons.ts'
import { drawMessageId } from './sending/sender.ts'
import { Connection } from './session/connection.ts'
import type { Shared } from './session/shared.ts'

/** A browser that was killed may have had a message in its store that it had not written down. */
const absentAfterMs = 60_000

/** A real WhatsApp account: one Chromium with WhatsApp's own page in it. */
export class WhatsAppWebTransport implements Transport {
  readonly #shared: Shared
  readonly #setup: TransportSetup
  readonly #profile: Profile
  #connection: Connection | undefined
  #hasStarted = false
  #ending: Promise<void> | undefined

  constructor(shared: Shared, setup: TransportSetup) {
    this.#shared = shared
    this.#setup = setup
    this.#profile = new Profile(setup.directory)
  }

  get capabilities(): TransportCapabilities {
    return { real: true, maxInFlight: 1, preDrawnIds: this.#connection?.honoursIds ?? true, absentAfterMs }
  }

  async start(): Promise<void> {
    const { directory, instance, signal } = this.#setup
    const { leases, budget } = this.#shared
    if (this.#hasStarted || signal.aborted) throw new TransportError('not-connected', 'a transport starts once')
    this.#hasStarted = true
    this.#checkBreaker()
    const executablePath = this.#shared.chromium()
    await leases.take(directory, this)
    try {
      budget.take(this)
      await this.#profile.prepare()
    } catch (error) {
      this.#release()
      throw error
    }
    // Stopped in the meantime.
    if (this.#ending || signal.aborted) {
      this.#release()
      throw new TransportError('not-connected', `'${instance}' was stopped while it was started`)
    }
    const connection = new Connection({
      shared: this.#shared,
      setup: this.#setup,
      profile: this.#profile,
      executablePath,
      report: (fact) => this.#setup.report(fact),
      ended: (ending) => this.#ended(ending),
    })
    this.#connection = connection
    signal.addEventListener('abort', () => connection.kill(), { once: true })
    void connection.open()
  }

  stop(): Promise<void> {
    // Whoever watches from outside gives a page up that gets nowhere or does not answer, by stopping it.
    const trouble = this.#ending ? undefined : this.#connection?.trouble
    if (trouble !== undefined) this.#countLoss(trouble)
    return this.#end('the account was stopped')
  }

  async logout(): Promise<void> {
    await this.#connection?.logout()
    await this.#end('the account was logged out')
    await this.#forget()
  }

  /** Somebody else takes over the session of this account. */
  async replaced(): Promise<void> {
    const isNews = this.#connection !== undefined && this.#ending === undefined
    const ending = this.#end('another connection of this account took over')
    if (isNews) this.#setup.report({ type: 'disconnected', reason: 'another connection of this account took over' })
    await ending
  }

  async requestPairingCode(phoneNumber: string): Promise<string> {
    return this.#live().requestPairingCode(phoneNumber)
  }

  async send(message: OutgoingMessage): Promise<SendReceipt> {
    return this.#live().parts.sender.send(message)
  }

  async findSent(query: SentQuery): Promise<SentAnswer> {
    try {
      return await this.#live().parts.looker.findSent(query)
    } catch (error) {
      return { outcome: 'inconclusive', reason: messageOf(error) }
    }
  }

  async newestMessageId(chatId: string): Promise<string | null> {
    return this.#live().parts.looker.newestMessageId(chatId)
  }

  async resolveNumber(chatId: string): Promise<string | null> {
    return this.#live().parts.numbers.resolve(chatId)
  }

  drawMessageId(chatId: string): string {
    return drawMessageId(chatId, this.#connection?.me?.pn)
  }

  async ping(): Promise<void> {
    await this.#live().ping()
  }

  async act(action: MessageAction): Promise<void> {
    await this.#live().parts.actor.act(action)
  }

  async download(messageId: string, maxBytes: number): Promise<IncomingMedia | null> {
    return this.#live().parts.actor.download(messageId, maxBytes)
  }

  async usage(): Promise<TransportUsage | null> {
    return (await this.#connection?.usage()) ?? null
  }

  #live(): Connection {
    if (!this.#connection || this.#ending) {
      throw new TransportError('not-connected', `'${this.#setup.instance}' is not connected to WhatsApp`)
    }
    return this.#connection
  }

  #checkBreaker(): void {
    const { instance } = this.#setup
    const open = this.#shared.breakerOf(instance).open(Date.now())
    if (!open) return
    const until = new Date(open.until).toISOString()
    throw new TransportError(
      'not-connected',
      `too many connections were lost: the next try is at ${until}. The last: ${open.reason}`,
    )
  }

  #ended(ending: Ending): void {
    const { report } = this.#setup
    const { reason, loggedOut, planned } = ending
    if (!planned && !loggedOut) this.#countLoss(reason)
    const closed = this.#end(reason)
    if (loggedOut) this.#ending = closed.then(() => this.#forget())
    report({ type: 'disconnected', reason, ...(loggedOut && { loggedOut }) })
  }

  #countLoss(reason: string): void {
    const { instance } = this.#setup
    if (!this.#shared.breakerOf(instance).fail(Date.now(), reason)) return
    this.#shared.log.error('too many connections were lost: nothing is tried for a while', { instance, reason })
  }

  #end(reason: string): Promise<void> {
    this.#ending ??= (async () => {
      try {
        await this.#connection?.close(reason)
      } finally {
        this.#release()
      }
    })()
    return this.#ending
  }

  async #forget(): Promise<void> {
    await this.#connection?.forget()
  }

  #release(): void {
    this.#shared.budget.release(this)
    this.#shared.leases.release(this.#setup.directory, this)
  }
}
