import type { Verdict } from './kit/verdict.ts'

/** How much of an ordeal is run. */
export interface Scale {
  /** Some seconds instead of some minutes: what the tests run. */
  readonly short: boolean
  /** The same seed means the same choices; what the machine makes of them still differs. */
  readonly seed: number
}

/** What one part of an ordeal came to. */
export interface Part extends Verdict {
  /** What was done. */
  readonly what: string
  /** How often it was done and counted: kills, cuts, errors. */
  readonly blows: number
  /** Rows that may come to rest unsent, held or failed, where the network leaves no choice. None when absent. */
  readonly mayRest?: number
}

/** One kind of trouble, and the proof that sending stands it. */
export interface Ordeal {
  readonly name: string
  /** One line for the help. */
  readonly summary: string
  /** @throws Skipped where this machine cannot do it */
  run(scale: Scale): AsyncIterable<Part>
}

/** This machine cannot do it; the message says what is missing and how to get it. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

/** True when the promise was broken in any way. Whoever has no message must be shown to a person, as held or as failed. */
export function isBroken({ doubled, missing, held, failed, open, wrong, mayRest = 0 }: Part): boolean {
  return doubled + open + wrong.length > 0 || held + failed > mayRest || missing > held + failed
}

/** The figures of a part that is not about a campaign. */
export const nothing = { recipients: 0, doubled: 0, missing: 0, held: 0, failed: 0, open: 0 }

/** Adds up what several campaigns came to. */
export function sum(what: string, parts: readonly Omit<Part, 'what'>[]): Part {
  const total = (field: Exclude<keyof Part, 'what' | 'wrong'>) => parts.reduce((all, it) => all + (it[field] ?? 0), 0)
  return {
    what,
    blows: total('blows'),
    recipients: total('recipients'),
    doubled: total('doubled'),
    missing: total('missing'),
    held: total('held'),
    failed: total('failed'),
    open: total('open'),
    wrong: parts.flatMap((it) => it.wrong),
    mayRest: total('mayRest'),
  }
}
