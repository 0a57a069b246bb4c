/** Numbers that look like chance and are the same again for the same seed. */
export interface Chance {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** True in this share of the asks. */
  happens(share: number): boolean
}

export function chance(seed: number): Chance {
  let state = seed >>> 0
  /** Mulberry32: small, and good enough to pick instants. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let it = state
    it = Math.imul(it ^ (it >>> 15), it | 1)
    it ^= it + Math.imul(it ^ (it >>> 7), it | 61)
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (share) => next() < share,
  }
}
