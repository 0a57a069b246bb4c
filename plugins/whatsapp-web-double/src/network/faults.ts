import type { AccountFaults, Control, PageSettings } from '../options.ts'
import { defaultFaults, defaultSettings } from '../options.ts'

/** How the network treats its accounts: what was said for all, and what was said for one, whichever came last. */
export class FaultBook {
  #all: AccountFaults
  readonly #own = new Map<string, Partial<AccountFaults>>()

  constructor(faults: Partial<AccountFaults> = {}) {
    this.#all = { ...defaultFaults, ...faults }
  }

  of(number: string): AccountFaults {
    return { ...this.#all, ...this.#own.get(number) }
  }

  change(number: string | undefined, control: Control): void {
    const change = pick(control, defaultFaults)
    if (number !== undefined) {
      this.#own.set(number, { ...this.#own.get(number), ...change })
      return
    }
    this.#all = { ...this.#all, ...change }
    for (const own of this.#own.values())
      for (const name of Object.keys(change)) delete own[name as keyof AccountFaults]
  }
}

/** The settings of pages among what was said. */
export function settingsIn(control: Control): Partial<PageSettings> {
  return pick(control, defaultSettings)
}

function pick<T extends object>(control: Control, known: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(control).filter(([name, value]) => name in known && value !== undefined),
  ) as Partial<T>
}
