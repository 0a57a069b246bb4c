import { type Logger, messageOf } from '@waqtor/kernel'
import type { AuditLog } from './audit-log.ts'
import type { AuditFacts } from './row.ts'

export interface Entry {
  readonly facts: AuditFacts
  /** Called when it is on the disk, or given up. */
  readonly written?: () => void
}

const MOST_WAITING = 10_000
const BATCH = 500
const PAUSE_MS = 1_000

/**
 * Rows that nobody waits for: outcomes, and refusals. Written soon, together; when the disk refuses them, tried again until
 * it takes them.
 */
export class Later {
  readonly #log: AuditLog
  readonly #logger: Logger
  #waiting: Entry[] = []
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #failing = false
  #losing = false
  #closed = false

  constructor(log: AuditLog, logger: Logger) {
    this.#log = log
    this.#logger = logger
  }

  /** Does nothing after `close`: an attempt whose outcome comes later than that is shown as unknown. */
  add(entry: Entry): void {
    if (this.#closed) return
    this.#waiting.push(entry)
    if (this.#waiting.length > MOST_WAITING) {
      // Its attempt is there, and is shown as one that nobody knows the outcome of.
      this.#waiting.shift()!.written?.()
      if (!this.#losing) this.#logger.error('outcomes are lost from the audit log, which cannot be written')
      this.#losing = true
    }
    this.#wake()
  }

  /** Resolves when what has been added is on the disk, or the disk has refused it. */
  async settle(): Promise<void> {
    await this.#writing
  }

  /** Writes what is left, once. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#writing
    if (this.#waiting.length > 0) await this.#drain()
  }

  #wake(): void {
    if (this.#writing || this.#failing) return
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH)
      try {
        await this.#log.append(batch.map(({ facts }) => facts))
      } catch (error) {
        this.#refused(error)
        return
      }
      this.#failing = false
      this.#losing = false
      const gone = new Set(batch)
      this.#waiting = this.#waiting.filter((it) => !gone.has(it))
      for (const { written } of batch) written?.()
    }
  }

  #refused(error: unknown): void {
    if (!this.#failing)
      this.#logger.error('the audit log cannot be written; sensitive actions are refused until it can', {
        problem: messageOf(error),
      })
    this.#failing = true
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#writing = this.#drain().finally(() => {
        this.#writing = undefined
      })
    }, PAUSE_MS).unref()
  }
}
