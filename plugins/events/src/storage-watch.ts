import type { DatabaseState, StorageFailed, StorageRecovered } from '@waqtor/contracts'
import { isWaqtorError, type Logger, messageOf, type z } from '@waqtor/kernel'

export type Failed = z.output<typeof StorageFailed.schema>
export type Recovered = z.output<typeof StorageRecovered.schema>

export interface StorageWatchOptions {
  /** How long a trouble has to last before it is recorded: a single write that was too large is over at once. */
  readonly patienceMs: number
  /** The states of all files at this moment. */
  readonly states: () => readonly Pick<DatabaseState, 'name'>[]
  /** Both write into the host's log; they throw while that cannot be written either. */
  readonly failed: (it: Failed) => Promise<void>
  readonly recovered: (it: Recovered) => Promise<void>
  readonly log: Logger
}

interface Trouble {
  readonly name: string
  readonly since: number
  readonly timer: NodeJS.Timeout
  state: Failed['state']
  /** It has lasted long enough to be told. */
  lasts: boolean
  /** When it was over; undefined while it is not. */
  until: number | undefined
  /** The state that was told. */
  told: Failed['state'] | undefined
}

/**
 * Records which database files cannot be used, and when they can be again. A full disk keeps that from being recorded as
 * well, as a rule: whenever a file changes its state, what could not be told is tried again.
 */
export class StorageWatch {
  readonly #options: StorageWatchOptions
  readonly #troubles = new Map<string, Trouble>()
  #telling: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: StorageWatchOptions) {
    this.#options = options
  }

  /** A file has changed its state. */
  changed({ name, state, since }: Pick<DatabaseState, 'name' | 'state' | 'since'>): void {
    const trouble = this.#troubles.get(name)
    if (state !== 'open') {
      if (!trouble) this.#begin(name, state, since)
      else {
        trouble.state = state
        // It came back before anybody was told that it had gone: it is the same one.
        trouble.until = undefined
      }
    } else if (trouble) {
      clearTimeout(trouble.timer)
      if (trouble.lasts) trouble.until ??= since
      else this.#troubles.delete(name)
    }
    this.#tell()
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#troubles.values()) clearTimeout(timer)
  }

  #begin(name: string, state: Failed['state'], since: number): void {
    const timer = setTimeout(() => {
      trouble.lasts = true
      this.#tell()
    }, this.#options.patienceMs).unref()
    const trouble: Trouble = { name, state, since, timer, lasts: false, until: undefined, told: undefined }
    this.#troubles.set(name, trouble)
  }

  #tell(): void {
    this.#telling = this.#telling.then(() => this.#tellAll())
  }

  async #tellAll(): Promise<void> {
    for (const trouble of [...this.#troubles.values()]) {
      if (this.#closed) return
      if (trouble.lasts) await this.#tellOf(trouble)
    }
  }

  async #tellOf(trouble: Trouble): Promise<void> {
    const { failed, recovered, states, log } = this.#options
    const { name, state, since, until, told } = trouble
    const forget = () => {
      if (this.#troubles.get(name) === trouble) this.#troubles.delete(name)
    }
    try {
      if (until !== undefined) {
        await recovered({ name, state, since, until })
        forget()
      } else if (!states().some((it) => it.name === name)) {
        // The account was deleted, and its file with it.
        forget()
      } else if (told === undefined || (state === 'corrupt' && told !== state)) {
        // Of all states only this one needs a person: it does not go by itself.
        await failed({ name, state, since })
        trouble.told = state
      }
    } catch (error) {
      const code = isWaqtorError(error) ? error.code : undefined
      log.debug('the state of the storage cannot be recorded yet', { name, code, problem: messageOf(error) })
    }
  }
}
