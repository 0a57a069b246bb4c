const FIRST_SLOTS = 1_024
/** At most 32 MB, for two million ids. */
const MOST_SLOTS = 4_194_304

/**
 * The ids of messages that a phone no longer has, in 8 to 16 bytes each: enough to tell a message that was forgotten from one
 * that never was. Two ids may look alike, which only ever means a doubt too many.
 */
export class ForgottenIds {
  /** Fingerprints in open addressing; 0 is a free slot. */
  #slots = new Float64Array(FIRST_SLOTS)
  #count = 0
  readonly #mostSlots: number
  /** Time of the newest message whose id was lost as well. */
  #lostUntil: number

  /** @param lostUntil ids of messages up to this time are not known */
  constructor(lostUntil: number, mostSlots = MOST_SLOTS) {
    this.#lostUntil = lostUntil
    this.#mostSlots = mostSlots
  }

  add(id: string, time: number): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow(time)
    this.#put(fingerprint(id))
  }

  /** False is certain: no message with this id, sent at this time or later, was ever forgotten. */
  mayHold(id: string, notBefore: number): boolean {
    return this.#lostUntil >= notBefore || this.#slots[this.#find(fingerprint(id))] !== 0
  }

  #grow(time: number): void {
    const old = this.#slots
    this.#count = 0
    if (old.length >= this.#mostSlots) {
      this.#slots = new Float64Array(FIRST_SLOTS)
      this.#lostUntil = Math.max(this.#lostUntil, time)
      return
    }
    this.#slots = new Float64Array(old.length * 2)
    for (const print of old) if (print !== 0) this.#put(print)
  }

  #put(print: number): void {
    const slot = this.#find(print)
    if (this.#slots[slot] === 0) this.#count++
    this.#slots[slot] = print
  }

  /** The slot that holds the fingerprint, or the free one where it belongs. */
  #find(print: number): number {
    const slots = this.#slots
    let slot = print % slots.length
    while (slots[slot] !== 0 && slots[slot] !== print) slot = (slot + 1) % slots.length
    return slot
  }
}

/** 53 bits, never 0. */
function fingerprint(id: string): number {
  let low = 0x811c9dc5
  let high = 0x050c5d1f
  for (let i = 0; i < id.length; i++) {
    low = Math.imul(low ^ id.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ id.charCodeAt(i), 0x85ebca6b)
  }
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0) + 1
}
