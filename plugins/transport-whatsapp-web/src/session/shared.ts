import type { Logger } from '@waqtor/kernel'
import { findChromium } from '../chromium/find.ts'
import { installHint } from '../chromium/install.ts'
import { Gate } from '../library/gate.ts'
import type { Options } from '../options.ts'
import { Breaker } from './breaker.ts'
import { Budget } from './budget.ts'
import { Leases } from './leases.ts'

/** Each start takes more than a second of two processors. */
const launchesAtOnce = 2

/** What all accounts of a host share. */
export class Shared {
  readonly options: Options
  readonly log: Logger
  readonly budget: Budget
  readonly leases = new Leases()
  readonly launchGate = new Gate(launchesAtOnce)
  readonly mediaGate = new Gate(1)
  readonly #breakers = new Map<string, Breaker>()

  constructor(options: Options, log: Logger) {
    this.options = options
    this.log = log
    this.budget = new Budget(options.maxInstances)
  }

  breakerOf(instance: string): Breaker {
    const known = this.#breakers.get(instance)
    if (known) return known
    const breaker = new Breaker(this.options.breaker)
    this.#breakers.set(instance, breaker)
    return breaker
  }

  /** @throws where no Chromium is to be found */
  chromium(): string {
    const { executablePath } = this.options.chromium
    const found = findChromium({ configured: executablePath })
    if (found) return found.path
    throw new Error(
      executablePath === undefined
        ? `Chromium was not found: ${installHint}`
        : `Chromium cannot be run: '${executablePath}', which the config names, is no program`,
    )
  }
}
