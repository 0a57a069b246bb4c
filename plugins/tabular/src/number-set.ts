/**
 * A set of whole positive numbers up to 2^53 in 8 to 16 bytes each: a `Set` of a million takes four to eight times that.
 * Made for phone numbers, whose upper halves are few: a country's differ in their last digits.
 */
export class NumberSet {
  readonly #byUpperHalf = new Map<number, HalfSet>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @returns whether it was not there before */
  add(value: number): boolean {
    const upper = Math.floor(value / 2 ** 32)
    let lower = this.#byUpperHalf.get(upper)
    if (lower === undefined) {
      lower = new HalfSet()
      this.#byUpperHalf.set(upper, lower)
    }
    const isNew = lower.add(value % 2 ** 32)
    if (isNew) this.#size++
    return isNew
  }
}

/** Whole numbers below 2^32, by open addressing. */
class HalfSet {
  /** 0 is a free place. */
  #places = new Uint32Array(16)
  #size = 0
  #hasZero = false

  add(value: number): boolean {
    if (value === 0) {
      const isNew = !this.#hasZero
      this.#hasZero = true
      return isNew
    }
    const place = find(this.#places, value)
    if (this.#places[place] === value) return false
    this.#places[place] = value
    if (++this.#size * 2 > this.#places.length) this.#grow()
    return true
  }

  #grow(): void {
    const bigger = new Uint32Array(this.#places.length * 2)
    for (const value of this.#places) if (value !== 0) bigger[find(bigger, value)] = value
    this.#places = bigger
  }
}

/** Where the value is, or the free place for it. */
function find(places: Uint32Array, value: number): number {
  const mask = places.length - 1
  // Spreads the last digits, in which the numbers differ, over all bits.
  let hash = Math.imul(value, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  let place = (hash ^ (hash >>> 13)) & mask
  while (places[place] !== 0 && places[place] !== value) place = (place + 1) & mask
  return place
}
