import { WaqtorError } from '@waqtor/kernel'
import { IANAZone } from 'luxon'
import { isZone, type SendingHours, timeOfDay } from './sending-hours.ts'

/** A time, in milliseconds since 1970 (UTC), in which the answer stays the same: from `since`, and before `until`. */
export interface Stretch {
  readonly open: boolean
  readonly since: number
  readonly until: number
}

const minute = 60_000
const day = 24 * 60 * minute
const always: Stretch = { open: true, since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

/**
 * Tells when it is open. It is asked for each recipient of a million and remembers, per zone and per set of zones, the
 * stretch in which it was asked last: a look at the clock of a zone costs a thousand times more than a look into a map.
 * @example new HoursBook({ from: '09:00', to: '20:00', zone: 'recipient' }, 'UTC').nextOpening(['Asia/Riyadh'], Date.now())
 */
export class HoursBook {
  readonly #hours: Hours | undefined
  readonly #everybody: string | undefined
  readonly #fallback: string
  readonly #ofZone = new Map<string, Stretch>()
  readonly #ofZones = new Map<string, Stretch>()

  /**
   * @param fallback the zone of a recipient of whom none is known
   * @throws WaqtorError WAQ_INPUT_INVALID for hours or a fallback that nobody could have meant
   */
  constructor(hours: SendingHours, fallback: string) {
    this.#hours = read(hours)
    this.#everybody = hours.zone === 'recipient' ? undefined : known(hours.zone)
    this.#fallback = known(fallback)
  }

  /**
   * `now` when it is open in all of the zones, else the next moment when it is. A country is known by all of its zones,
   * for a number does not say where in the country somebody lives.
   */
  nextOpening(zones: readonly string[], now: number): number {
    const { open, until } = this.stretch(zones, now)
    return open ? now : until
  }

  /** Whether it is open in these zones, and until when this holds at least. */
  stretch(zones: readonly string[], now: number): Stretch {
    if (!this.#hours) return always
    if (this.#everybody !== undefined) return this.#inZone(this.#everybody, now, this.#hours)
    const key = zones.join()
    const kept = this.#ofZones.get(key)
    if (kept && holds(kept, now)) return kept
    // The table of a number's zones may be newer than the zones of this Node: one that it lacks cannot be asked.
    const usable = zones.filter(isZone)
    const found = this.#inAll(usable.length > 0 ? usable : [this.#fallback], now, this.#hours)
    this.#ofZones.set(key, found)
    return found
  }

  #inAll(zones: readonly string[], now: number, hours: Hours): Stretch {
    let at = now
    // Two days see every opening that a day has, even where a change of the clocks swallows one.
    while (at <= now + 2 * day) {
      const stretches = zones.map((it) => this.#inZone(it, at, hours))
      const opening = Math.max(...stretches.filter((it) => !it.open).map((it) => it.until))
      if (opening === Number.NEGATIVE_INFINITY) {
        if (at > now) return { open: false, since: now, until: at }
        return { open: true, since: now, until: Math.min(...stretches.map((it) => it.until)) }
      }
      at = opening
    }
    // A country can be wider than its hours are long: from Kaliningrad to Kamchatka it is never between nine and seven
    // everywhere. To wait would be to leave these people out for ever, so that it is open somewhere has to do.
    const stretches = zones.map((it) => this.#inZone(it, now, hours))
    return {
      open: stretches.some((it) => it.open),
      since: now,
      until: Math.min(...stretches.map((it) => it.until)),
    }
  }

  #inZone(name: string, now: number, hours: Hours): Stretch {
    const kept = this.#ofZone.get(name)
    if (kept && holds(kept, now)) return kept
    const found = stretchIn(IANAZone.create(name), now, hours)
    this.#ofZone.set(name, found)
    return found
  }
}

/** Milliseconds of a day. */
interface Hours {
  readonly from: number
  readonly to: number
}

/** Nothing for hours that are the whole day. */
function read({ from, to }: SendingHours): Hours | undefined {
  const hours = { from: timeOf(from), to: timeOf(to) }
  return hours.from === hours.to ? undefined : hours
}

function timeOf(text: string): number {
  if (!timeOfDay.test(text))
    throw new WaqtorError('WAQ_INPUT_INVALID', `sending hours cannot begin or end at '${text.slice(0, 20)}'; write '09:00'`)
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * minute
}

function known(zone: string): string {
  if (isZone(zone)) return zone
  const message = `there is no time zone '${zone.slice(0, 80)}'; write one such as 'Asia/Riyadh'`
  throw new WaqtorError('WAQ_INPUT_INVALID', message)
}

function holds({ since, until }: Stretch, now: number): boolean {
  return now >= since && now < until
}

/**
 * Open is what the wall clock shows: where it is put forward over an edge the edge comes at that moment, and where it is
 * put back over one, the hours end or begin twice.
 */
function stretchIn(zone: IANAZone, now: number, hours: Hours): Stretch {
  const open = isOpen(zone, now, hours)
  let at = now
  for (;;) {
    const offset = zone.offset(at)
    const left = modulo((open ? hours.to : hours.from) - localTime(zone, at), day)
    const edge = at + left
    if (zone.offset(edge) === offset) return { open, since: now, until: edge }
    at = changeOfOffset(zone, at, edge)
    if (isOpen(zone, at, hours) !== open) return { open, since: now, until: at }
  }
}

function isOpen(zone: IANAZone, at: number, { from, to }: Hours): boolean {
  return modulo(localTime(zone, at) - from, day) < modulo(to - from, day)
}

/** Milliseconds since midnight on the clock of the zone. */
function localTime(zone: IANAZone, at: number): number {
  return modulo(at + zone.offset(at) * minute, day)
}

/** The first moment after `from`, and at most `to`, with another offset than `from`. */
function changeOfOffset(zone: IANAZone, from: number, to: number): number {
  const offset = zone.offset(from)
  let before = Math.floor(from)
  let after = to
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (zone.offset(middle) === offset) before = middle
    else after = middle
  }
  return after
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
