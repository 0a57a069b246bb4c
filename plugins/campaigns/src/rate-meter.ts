const windowMs = 60_000
const slotMs = 1_000

/** How many messages of a campaign have begun lately; in memory, on the monotonic clock. */
export class RateMeter {
  /** The oldest first. */
  readonly #slots = new Map<string, Map<number, number>>()

  add(instance: string, campaignId: string, count: number, now = performance.now()): void {
    if (count === 0) return
    const key = `${instance}/${campaignId}`
    const slots = this.#slots.get(key) ?? new Map<number, number>()
    this.#slots.set(key, slots)
    const slot = Math.floor(now / slotMs)
    slots.set(slot, (slots.get(slot) ?? 0) + count)
    for (const it of slots.keys()) {
      if (it * slotMs >= now - windowMs) break
      slots.delete(it)
    }
  }

  /** Begun in the last minute. Over a campaign that began later, the rate that it has had so far. */
  perMinute(instance: string, campaignId: string, now = performance.now()): number {
    const slots = this.#slots.get(`${instance}/${campaignId}`)
    if (!slots) return 0
    let first = now
    let count = 0
    for (const [slot, n] of slots) {
      if (slot * slotMs < now - windowMs) continue
      first = Math.min(first, slot * slotMs)
      count += n
    }
    const spanMs = Math.min(windowMs, Math.max(slotMs, now - first))
    return (count * windowMs) / spanMs
  }

  forget(instance: string, campaignId: string): void {
    this.#slots.delete(`${instance}/${campaignId}`)
  }
}
