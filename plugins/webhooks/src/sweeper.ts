import type { DatabaseFile } from '@waqtor/contracts'
import type { Clock } from './clock.ts'
import { ROWS_AT_ONCE } from './deliveries/delivery-store.ts'
import type { WebhookStore } from './store.ts'

const DAY_MS = 86_400_000

export interface SweeperOptions {
  readonly file: DatabaseFile
  readonly store: WebhookStore
  readonly clock: Clock
  readonly keepDays: number
  readonly keepDeadDays: number
  readonly signal: AbortSignal
}

/** Removes deliveries whose time is over, those of webhooks that are gone, and secrets that are good no more. */
export class Sweeper {
  readonly #options: SweeperOptions

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  async sweep(): Promise<void> {
    const { file, store, clock, keepDays, keepDeadDays } = this.#options
    const now = clock.now()
    await file.write((tx) => store.forgetOldSecrets(tx, now))
    await this.#remove("state IN ('delivered', 'discarded') AND settled_at < ?", now - keepDays * DAY_MS)
    await this.#remove("state = 'dead' AND settled_at < ?", now - keepDeadDays * DAY_MS)
    const orphans = await file.all<{ id: string }>(
      'SELECT DISTINCT webhook_id AS id FROM webhook_deliveries WHERE webhook_id NOT IN (SELECT id FROM webhooks)',
    )
    for (const { id } of orphans) await this.purge(id)
  }

  /** Removes every delivery of a webhook. */
  purge(webhookId: string): Promise<void> {
    return this.#remove('webhook_id = ?', webhookId)
  }

  async #remove(where: string, value: string | number): Promise<void> {
    const { file, signal } = this.#options
    const sql = `DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE ${where} LIMIT ?)`
    while (!signal.aborted) {
      const { changes } = await file.write((tx) => tx.run(sql, [value, ROWS_AT_ONCE]))
      if (changes < ROWS_AT_ONCE) return
    }
  }
}
