import type { DatabaseState } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Fault } from './faults.ts'

/** The state of one file as health checks show it; every change is logged once. */
export class Health {
  readonly #log: Logger
  #current: DatabaseState
  #damage: Fault | undefined

  constructor(name: string, log: Logger) {
    this.#log = log
    this.#current = { name, state: 'open', since: Date.now() }
  }

  get current(): DatabaseState {
    return this.#current
  }

  /** Set for good once the file turned out to be damaged: a commit that goes through elsewhere in it heals nothing. */
  get damage(): Fault | undefined {
    return this.#damage
  }

  bad(fault: Fault): void {
    const { state, error } = fault
    const { name } = this.#current
    if (this.#current.state === state || this.#damage) return
    if (state === 'corrupt') this.#damage = fault
    this.#current = { name, state, message: error.message, since: Date.now() }
    this.#log.error(error.message, { code: error.code, cause: error.cause })
  }

  /** A commit went through. */
  good(): void {
    const { name, state } = this.#current
    if (state === 'open' || this.#damage) return
    this.#current = { name, state: 'open', since: Date.now() }
    this.#log.info(`the database '${name}' can be written again`)
  }
}
