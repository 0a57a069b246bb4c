import type { Clock } from '../clock.ts'
import type { WebhookRecord } from '../record.ts'
import { Lane, type LaneOptions } from './lane.ts'

export interface DispatcherOptions extends Omit<LaneOptions, 'webhook'> {
  readonly book: { active(id: string): WebhookRecord | undefined }
  /** How long attempts under way may take to end when the host stops. Milliseconds. */
  readonly stopGraceMs: number
}

/** A lane for each webhook that is there. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #leaving = new Set<Promise<void>>()
  #closed = false

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** A webhook is new, was changed or (with nothing) is gone. */
  follow(id: string, record: WebhookRecord | undefined): void {
    const lane = this.#lanes.get(id)
    if (record) {
      if (lane) lane.wake()
      else if (!this.#closed) this.#lanes.set(id, this.#lane(id))
      return
    }
    this.#lanes.delete(id)
    if (lane) this.#leave(lane.stop(AbortSignal.abort()))
  }

  wake(id: string): void {
    this.#lanes.get(id)?.wake()
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true
    const patience = new AbortController()
    const clock: Clock = this.#options.clock
    const over = new AbortController()
    void clock.wait(this.#options.stopGraceMs, over.signal).then(() => patience.abort())
    await Promise.all([...this.#lanes.values()].map((it) => it.stop(patience.signal)))
    over.abort()
    this.#lanes.clear()
    await Promise.all(this.#leaving)
  }

  #lane(id: string): Lane {
    return new Lane(id, { ...this.#options, webhook: () => this.#options.book.active(id) })
  }

  #leave(stopping: Promise<void>): void {
    this.#leaving.add(stopping)
    void stopping.finally(() => this.#leaving.delete(stopping))
  }
}
