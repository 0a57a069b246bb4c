import type { Scale } from '../ordeal.ts'

/** One thing that was looked at, and what it came to. */
export interface Finding {
  readonly what: string
  /** As measured or counted, with its unit. */
  readonly figure: string
  /** What it is held to. */
  readonly bound: string
  readonly holds: boolean
  /** It depends on what else the machine does: published, and no reason for a test to fail. */
  readonly measured: boolean
}

/** One kind of hostile input, in full. */
export interface Trial {
  /** Rows of docs/security.md. */
  readonly rows: string
  readonly name: string
  readonly summary: string
  run(scale: Scale): AsyncIterable<Finding>
}

/** A count that must be exactly so. */
export function counted(what: string, figure: number, bound: number): Finding {
  return { what, figure: String(figure), bound: `= ${bound}`, holds: figure === bound, measured: false }
}

/** A count that must not go beyond. */
export function atMost(what: string, figure: number, bound: number): Finding {
  return { what, figure: String(figure), bound: `≤ ${bound}`, holds: figure <= bound, measured: false }
}

/** A figure of the machine that must stay below. */
export function below(what: string, figure: number, bound: number, unit: string): Finding {
  const shown = `${Math.round(figure * 10) / 10} ${unit}`
  return { what, figure: shown, bound: `< ${bound} ${unit}`, holds: figure < bound, measured: true }
}

/** A figure of the machine that must be reached. */
export function atLeast(what: string, figure: number, bound: number, unit: string): Finding {
  const shown = `${Math.round(figure)} ${unit}`
  return { what, figure: shown, bound: `≥ ${bound} ${unit}`, holds: figure >= bound, measured: true }
}

/** The value that 99 of 100 do not pass. */
export function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN
}
