import type { DatabaseFile, EventReader } from '@waqtor/contracts'
import { type Logger, messageOf } from '@waqtor/kernel'
import { backOff } from './back-off.ts'
import { Latch } from './latch.ts'
import type { LogFile } from './log-file.ts'
import { loadCursor, saveCursor } from './reader-store.ts'

export interface ReaderLoopOptions {
  readonly reader: EventReader
  readonly log: LogFile
  /** The host's file, which holds the cursors and what the readers make of the events. */
  readonly host: DatabaseFile
  readonly logger: Logger
  /** Waits, or returns early when aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

const BATCH = 500
/** Of the events that a reader does not want, so many may be looked through again after a restart. */
const UNSAVED = 1_000
/**
 * A look after a commit costs about as much as the commit. Who wants only some types and found none of them rests so long,
 * so that a log in which others write a thousand times a second is looked at ten times.
 */
const REST_MS = 100

/** Takes one reader through one log: in order, from where it was, never past an event that it has not handled. */
export class ReaderLoop {
  readonly #options: ReaderLoopOptions
  readonly #news = new Latch()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #arrivals = new Set<() => void>()
  #through = -1
  #saved = 0
  #failures = 0

  constructor(options: ReaderLoopOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** The sequence up to which everything was handled; 0 until that is known. */
  get through(): number {
    return Math.max(0, this.#through)
  }

  /** There may be new events. */
  wake(): void {
    this.#news.open()
  }

  /** Resolves when everything up to `sequence` was handled, or the loop was stopped. */
  async reached(sequence: number): Promise<void> {
    while (this.#through < sequence && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#arrivals.add(resolve)
      })
    }
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#news.open()
    this.#arrive()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const { found, more } = await this.#step()
        this.#failures = 0
        if (more || signal.aborted) continue
        if (!found && this.#options.reader.types) await this.#options.pause(REST_MS, signal)
        await this.#news.passed()
      } catch (error) {
        await this.#recover(error)
      }
    }
  }

  /** One batch: whether there was something in it, and whether there is more to do at once. */
  async #step(): Promise<{ readonly found: boolean; readonly more: boolean }> {
    const { reader, log, host } = this.#options
    if (this.#through < 0) this.#through = this.#saved = await loadCursor(host, reader.name, log)
    const { events, through, more } = await log.scan(this.#through, reader.types, BATCH)
    if (events.length > 0 || through - this.#saved >= UNSAVED) {
      if (this.#stop.signal.aborted) return { found: false, more: false }
      await host.write(async (tx) => {
        if (events.length > 0) await reader.handle(tx, `${log.name}:${log.identity}`, events)
        await saveCursor(tx, reader.name, log, through)
      })
      this.#saved = through
    }
    this.#through = through
    this.#arrive()
    return { found: events.length > 0, more }
  }

  async #recover(error: unknown): Promise<void> {
    const { reader, log, logger, pause } = this.#options
    if (this.#stop.signal.aborted) return
    this.#failures++
    const retryMs = Math.round(backOff(this.#failures, Math.random()))
    logger.warn(`reader '${reader.name}' failed; the same events come again`, {
      log: log.name,
      after: this.#through,
      failures: this.#failures,
      retryMs,
      problem: messageOf(error),
    })
    await pause(retryMs, this.#stop.signal)
  }

  #arrive(): void {
    for (const resolve of this.#arrivals) resolve()
    this.#arrivals.clear()
  }
}
