/** A set of whole positive numbers up to 2^53 in 16 bytes each at most: a `Set` of a million takes four times that. */
export class NumberSet {
  /** Open addressing; 0 is a free place. */
  #places = new Float64Array(1_024)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @returns whether it was not there before */
  add(value: number): boolean {
    const place = find(this.#places, value)
    if (this.#places[place] === value) return false
    this.#places[place] = value
    if (++this.#size * 2 > this.#places.length) this.#grow()
    return true
  }

  #grow(): void {
    const bigger = new Float64Array(this.#places.length * 2)
    for (const value of this.#places) if (value !== 0) bigger[find(bigger, value)] = value
    this.#places = bigger
  }
}

/** Where the value is, or the free place for it. */
function find(places: Float64Array, value: number): number {
  const mask = places.length - 1
  // Numbers of one country differ in their last digits; the factors spread both halves over all bits.
  const low = (value % 2 ** 32) | 0
  const high = (value / 2 ** 32) | 0
  let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)
  hash ^= hash >>> 15
  let place = Math.imul(hash, 0x2c1b3c6d) >>> 0
  place = (place ^ (place >>> 13)) & mask
  while (places[place] !== 0 && places[place] !== value) place = (place + 1) & mask
  return place
}
