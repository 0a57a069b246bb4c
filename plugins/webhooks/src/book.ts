import type { DatabaseFile } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { WebhookRecord } from './record.ts'
import type { WebhookStore } from './store.ts'
import { eventOf, isLive } from './subscriptions.ts'

/** Told after a commit that a webhook is new, changed or (with nothing) gone. */
export type Watch = (id: string, record: WebhookRecord | undefined) => void

/** The webhooks as they are at present, in memory: an event costs no look into the database to find that nobody wants it. */
export class Book {
  readonly #records = new Map<string, WebhookRecord>()
  readonly #watches: Watch[] = []
  /** Those whose deliveries wait until it is known again that they may be made. */
  readonly #held = new Set<string>()
  #logged: readonly string[] = []

  /** Reads the table. One whose secret cannot be opened signs nothing: it is switched off, and says why. */
  async load(file: DatabaseFile, store: WebhookStore, log: Logger): Promise<void> {
    for (const record of await store.all(file)) {
      if (record.secret !== undefined || !record.enabled) {
        this.put(record)
        continue
      }
      const disabledReason = 'its secret cannot be opened with the key in this data directory: draw a new secret'
      const off = { ...record, enabled: false, disabledReason, updatedAt: record.updatedAt + 1 }
      await file.write((tx) => store.save(tx, off, record.updatedAt))
      log.error(`webhook '${record.id}' is switched off: ${disabledReason}`)
      this.put(off)
    }
  }

  watch(watch: Watch): void {
    this.#watches.push(watch)
  }

  get(id: string): WebhookRecord | undefined {
    return this.#records.get(id)
  }

  /** The webhook, when something may be sent to it now. */
  active(id: string): WebhookRecord | undefined {
    const record = this.#records.get(id)
    return record?.enabled && !this.#held.has(id) ? record : undefined
  }

  /** Lets deliveries wait, or go on. */
  hold(id: string, held: boolean): void {
    if (this.#held.has(id) === held || !this.#records.has(id)) return
    if (held) this.#held.add(id)
    else this.#held.delete(id)
    this.#changed(id, this.#records.get(id))
  }

  /** In the order in which they were made. */
  all(): readonly WebhookRecord[] {
    return [...this.#records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The events in logs that somebody wants. */
  get logged(): readonly string[] {
    return this.#logged
  }

  /** Takes over what was written down. Whoever has changed it may see what it hands out: it waits no longer. */
  put(record: WebhookRecord): void {
    this.#records.set(record.id, record)
    this.#held.delete(record.id)
    this.#changed(record.id, record)
  }

  drop(id: string): void {
    this.#records.delete(id)
    this.#held.delete(id)
    this.#changed(id, undefined)
  }

  #changed(id: string, record: WebhookRecord | undefined): void {
    const wanted = [...this.#records.values()].filter((it) => it.enabled).flatMap((it) => it.subscriptions)
    this.#logged = [...new Set(wanted.filter(({ name }) => !isLive(name)).map(({ name }) => eventOf(name)))].sort()
    for (const watch of this.#watches) watch(id, record)
  }
}
