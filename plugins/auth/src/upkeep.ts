import { type Logger, messageOf } from '@waqtor/kernel'

const MINUTE_MS = 60_000
const MINUTES_A_DAY = 1_440

export interface Chores {
  /** Every minute, and at the end. */
  readonly often: () => Promise<unknown>
  /** At the start, and once a day. */
  readonly daily: () => Promise<unknown>
}

/** Writes down what is kept in memory for a while, and removes what has had its time. Keeps no process alive. */
export class Upkeep {
  readonly #chores: Chores
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #minutes = 0
  #running: Promise<void>

  constructor(chores: Chores, log: Logger) {
    this.#chores = chores
    this.#log = log
    this.#running = this.#do(chores.daily)
    this.#timer = setInterval(() => this.tick(), MINUTE_MS).unref()
  }

  /** What is to be done each minute. Answers when it is done. */
  tick(): Promise<void> {
    this.#minutes++
    const { often, daily } = this.#chores
    const isDay = this.#minutes % MINUTES_A_DAY === 0
    this.#running = this.#running.then(() => this.#do(often)).then(() => (isDay ? this.#do(daily) : undefined))
    return this.#running
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    await this.#do(this.#chores.often)
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#log.warn('the sign-in data could not be tidied; the next try is in a minute', { problem: messageOf(error) })
    }
  }
}
