import { type Logger, messageOf } from '@waqtor/kernel'

/** So many wait at most; what comes beyond is fetched when somebody asks for it. */
const MOST = 1_000

/** Fetches files one after another in the background. What it does not get to is not lost: it can be asked for. */
export class Ahead {
  readonly #fetch: (messageId: string, signal: AbortSignal) => Promise<void>
  readonly #log: Logger
  readonly #closed = new AbortController()
  readonly #waiting: string[] = []
  #running: Promise<void> | undefined

  constructor(fetch: (messageId: string, signal: AbortSignal) => Promise<void>, log: Logger) {
    this.#fetch = fetch
    this.#log = log
  }

  want(messageIds: readonly string[]): void {
    if (this.#closed.signal.aborted) return
    this.#waiting.push(...messageIds.slice(0, Math.max(0, MOST - this.#waiting.length)))
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Waits for nothing that is still being fetched: a transport may take minutes for a file. */
  async close(): Promise<void> {
    this.#closed.abort()
    this.#waiting.length = 0
    await this.#running
  }

  #untilClosed(work: Promise<void>): Promise<void> {
    const { signal } = this.#closed
    return new Promise((resolve, reject) => {
      const closed = () => resolve()
      signal.addEventListener('abort', closed, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', closed))
    })
  }

  async #run(): Promise<void> {
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      try {
        await this.#untilClosed(this.#fetch(id, this.#closed.signal))
      } catch (error) {
        if (this.#closed.signal.aborted) return
        this.#log.warn('the file of a message could not be fetched ahead', { message: id, problem: messageOf(error) })
      }
    }
  }
}
