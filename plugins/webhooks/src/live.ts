import { type Envelope, type Logger, messageOf } from '@waqtor/kernel'
import type { Book } from './book.ts'
import type { Clock } from './clock.ts'
import type { Sender } from './deliveries/sender.ts'
import { bodyOf, eventOf, isLive, nameFor } from './subscriptions.ts'

export interface LiveOptions {
  readonly book: Book
  readonly sender: Sender
  readonly clock: Clock
  readonly log: Logger
}

/** A code is replaced within half a minute: what is not there by then is of no use. */
const PAUSES_MS = [1_000, 4_000]

/**
 * QR and pairing codes on their way to those who want them. Whoever has one can take an account over: it is in memory only,
 * tried three times, and replaced by the next one. Neither it nor that it was sent is written down.
 */
export class Live {
  readonly #options: LiveOptions
  readonly #latest = new Map<string, AbortController>()
  readonly #underWay = new Set<Promise<void>>()
  #closed = false

  constructor(options: LiveOptions) {
    this.#options = options
  }

  /** Hears every event of the bus. */
  hear(event: Envelope): void {
    if (!isLive(event.type) || this.#closed) return
    const { book } = this.#options
    for (const webhook of book.all()) {
      if (!book.active(webhook.id) || (webhook.instances !== 'all' && !webhook.instances.includes(event.instance!)))
        continue
      const wanted = webhook.subscriptions.filter(({ name }) => eventOf(name) === event.type)
      const name = nameFor(wanted, event, this.#options.clock.now())
      if (name !== undefined) this.#begin(webhook.id, event, name)
    }
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true
    for (const it of this.#latest.values()) it.abort()
    await Promise.all(this.#underWay)
  }

  #begin(webhookId: string, event: Envelope, name: string): void {
    const key = `${webhookId} ${event.instance} ${event.type}`
    this.#latest.get(key)?.abort()
    const mine = new AbortController()
    this.#latest.set(key, mine)
    const work = this.#deliver(webhookId, event, name, mine.signal)
      .catch((error) =>
        this.#options.log.warn('a live event was not delivered', { webhook: webhookId, problem: messageOf(error) }),
      )
      .finally(() => {
        this.#underWay.delete(work)
        if (this.#latest.get(key) === mine) this.#latest.delete(key)
      })
    this.#underWay.add(work)
  }

  async #deliver(webhookId: string, event: Envelope, name: string, signal: AbortSignal): Promise<void> {
    const { sender, clock, log } = this.#options
    const body = bodyOf(name, event)
    let problem: string | null = null
    for (const pauseMs of [0, ...PAUSES_MS]) {
      if (pauseMs > 0) await clock.wait(pauseMs, signal)
      const webhook = this.#options.book.active(webhookId)
      if (signal.aborted || !webhook) return
      const outcome = await sender.attempt(webhook, event.id, body, signal).catch((error: unknown) => {
        if (signal.aborted) return undefined
        throw error
      })
      if (!outcome || outcome.problem === null) return
      ;({ problem } = outcome)
      // It wants nothing more; a delivery from a log will switch the webhook off.
      if (outcome.statusCode === 410) break
    }
    log.warn('a live event was not delivered', { webhook: webhookId, type: event.type, problem })
  }
}
