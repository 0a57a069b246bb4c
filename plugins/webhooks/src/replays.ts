import type { DatabaseFile, EventLog, Tx } from '@waqtor/contracts'
import { fail } from '@waqtor/contracts'
import type { Clock } from './clock.ts'
import { deadAfter, discard, enqueue, found, restart } from './deliveries/delivery-store.ts'
import { deliveryOf } from './intake.ts'
import type { WebhookRecord } from './record.ts'
import { eventOf, isLive, nameFor } from './subscriptions.ts'

/** No call takes more events out of a log than this. */
const EVENTS_AT_ONCE = 10_000
const PAGE = 500

export interface ReplayOptions {
  readonly file: DatabaseFile
  readonly events: Pick<EventLog, 'page'>
  readonly clock: Clock
  readonly wake: (webhookId: string) => void
}

interface Letters {
  readonly ids?: readonly number[] | undefined
  readonly since?: number | undefined
}

/** Delivering again, and giving up for good. A replay has the `webhook-id` of the first time. */
export class Replays {
  readonly #options: ReplayOptions

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** @throws WaqtorError WAQ_NOT_FOUND (404), WAQ_CONFLICT (409) when it still waits for its next attempt */
  async one({ id }: WebhookRecord, deliveryId: number): Promise<number> {
    const { file, clock } = this.#options
    const delivery = await found(file, id, deliveryId)
    if (!delivery) throw fail('WAQ_NOT_FOUND', `the webhook '${id}' has no delivery ${deliveryId}`)
    const count = await file.write((tx) => this.#wakingUp(tx, id, restart(tx, id, [deliveryId], clock.now())))
    return count
  }

  /** Dead letters from the first attempt on. @returns how many */
  dead({ id }: WebhookRecord, which: Letters = {}): Promise<number> {
    return this.#eachBatch(id, which, async (tx, ids) => {
      await this.#wakingUp(tx, id, restart(tx, id, ids, this.#options.clock.now()))
    })
  }

  /** Gives dead letters up. @returns how many */
  discard({ id }: WebhookRecord, which: Letters = {}): Promise<number> {
    return this.#eachBatch(id, which, (tx, ids) => discard(tx, id, ids, this.#options.clock.now()))
  }

  /**
   * All events of a log after a place that the webhook wants, also those from before it was made.
   * @returns how many, and where to go on when there are more than one call takes
   * @throws WaqtorError WAQ_CURSOR_EXPIRED (410), WAQ_CURSOR_INVALID (400), WAQ_INSTANCE_UNKNOWN (404)
   */
  async after(webhook: WebhookRecord, instance: string | null, place: string) {
    const { events, file, clock } = this.#options
    const types = [...new Set(webhook.subscriptions.map(({ name }) => eventOf(name)))].filter((it) => !isLive(it))
    const whole = webhook.subscriptions.map(({ name }) => ({ name, since: 0 }))
    let after = place
    let taken = 0
    let count = 0
    for (let more = true; more; ) {
      if (taken >= EVENTS_AT_ONCE) return { count, next: after }
      const page = await events.page({ instance, after, types, limit: PAGE })
      const now = clock.now()
      const rows = page.items.flatMap((event) => {
        const name = nameFor(whole, event, now)
        return name === undefined ? [] : [deliveryOf(event, webhook.id, 'replay', name)]
      })
      if (rows.length > 0)
        count += await file.write((tx) => this.#wakingUp(tx, webhook.id, enqueue(tx, rows, now, true)))
      taken += page.items.length
      after = page.nextCursor
      more = page.more
    }
    return { count, next: null }
  }

  async #wakingUp<T>(tx: Tx, webhookId: string, change: Promise<T>): Promise<T> {
    const answer = await change
    tx.afterCommit(() => this.#options.wake(webhookId))
    return answer
  }

  async #eachBatch(
    id: string,
    which: Letters,
    act: (tx: Tx, ids: readonly number[]) => Promise<void>,
  ): Promise<number> {
    const { file } = this.#options
    let count = 0
    for (let last = 0; ; ) {
      const ids = await file.write(async (tx) => {
        const those = await deadAfter(tx, id, last, which)
        if (those.length > 0) await act(tx, those)
        return those
      })
      if (ids.length === 0) return count
      count += ids.length
      last = ids.at(-1)!
    }
  }
}
