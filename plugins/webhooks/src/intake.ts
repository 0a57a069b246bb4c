import type { EventReader, Tx } from '@waqtor/contracts'
import type { Envelope } from '@waqtor/kernel'
import type { Book } from './book.ts'
import type { Clock } from './clock.ts'
import { enqueue, type NewDelivery } from './deliveries/delivery-store.ts'
import type { Subscriber, WebhookStore } from './store.ts'
import { bodyOf, nameFor } from './subscriptions.ts'

export interface IntakeOptions {
  readonly store: WebhookStore
  readonly book: Book
  readonly clock: Clock
  readonly wake: (webhookId: string) => void
}

/**
 * Brings events from the logs into the outbox. The deliveries and the place of the reader are one commit: an event that is
 * in a log is delivered, however often the process dies in between.
 */
export class Intake implements EventReader {
  readonly name = 'webhooks'
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Read anew for each batch: only what somebody wants is looked at. */
  get types(): readonly string[] {
    return this.#options.book.logged
  }

  async handle(tx: Tx, log: string, events: readonly Envelope[]): Promise<void> {
    const { store, clock, wake } = this.#options
    const now = clock.now()
    // As of this transaction: one that was deleted just now gets nothing any more.
    const subscribers = await store.subscribers(tx)
    const rows = events.flatMap((event) => deliveriesOf(event, log, subscribers, now))
    await enqueue(tx, rows, now)
    const woken = new Set(rows.map((it) => it.webhookId))
    tx.afterCommit(() => woken.forEach(wake))
  }
}

function deliveriesOf(event: Envelope, log: string, subscribers: readonly Subscriber[], now: number): NewDelivery[] {
  return subscribers.flatMap(({ id, subscriptions, instances }) => {
    const reaches = event.instance === null || instances === 'all' || instances.includes(event.instance)
    const name = reaches ? nameFor(subscriptions, event, now) : undefined
    return name === undefined ? [] : [deliveryOf(event, id, log, name)]
  })
}

/** The delivery of an event under one of the names that a webhook wants. */
export function deliveryOf(event: Envelope, webhookId: string, log: string, name: string): NewDelivery {
  const { id: eventId, instance, sequence = 0 } = event
  return { webhookId, log, sequence, eventId, type: name, instance, body: bodyOf(name, event) }
}
