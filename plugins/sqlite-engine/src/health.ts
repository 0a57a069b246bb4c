import type { DatabaseState } from '@waqtor/contracts'
import type { Logger } from '@waqtor/kernel'
import type { Fault } from './faults.ts'
import { runOutside } from './nesting.ts'

/** Is told of every new state of a file; it may write. */
export type StateListener = (state: DatabaseState) => void

/** The state of one file as health checks show it; every change is logged and told once. */
export class Health {
  readonly #log: Logger
  readonly #changed: StateListener
  #current: DatabaseState
  #damage: Fault | undefined

  constructor(name: string, log: Logger, changed: StateListener) {
    this.#log = log
    this.#changed = changed
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
    this.#log.error(error.message, { code: error.code, cause: error.cause })
    this.#become({ name, state, message: error.message, since: Date.now() })
  }

  /** A commit went through. */
  good(): void {
    const { name, state } = this.#current
    if (state === 'open' || this.#damage) return
    this.#log.info(`the database '${name}' can be written again`)
    this.#become({ name, state: 'open', since: Date.now() })
  }

  #become(state: DatabaseState): void {
    this.#current = state
    // Not as a part of the write that found it out.
    runOutside(() => this.#changed(state))
  }
}
