/** A figure with its spread over the rounds. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @throws RangeError when there is no value at all */
export function figureOf(values: readonly number[]): Figure {
  if (values.length === 0) throw new RangeError('a figure needs at least one value')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

/** One value by the other, round by round: what was slow for both in a noisy moment drops out. */
export function ratioOf(values: readonly number[], reference: readonly number[]): Figure {
  return figureOf(values.map((it, round) => it / reference[round]!))
}

/** `1,234`, `12.3`, `0.0123`: three digits that mean something. */
export function format(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

/** `12.3 (11.9–14)` */
export function show({ median, min, max }: Figure): string {
  return `${format(median)} (${format(min)}–${format(max)})`
}
