import { WaqtorError } from '@waqtor/kernel'
import { isZone, type SendingHours, timeOfDay } from './sending-hours.ts'
import { ZoneClock } from './zone-clock.ts'

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
  readonly #clocks = new Map<string, ZoneClock>()
  readonly #ofZone = new Map<string, Stretch>()
  readonly #ofZones = new Map<string, Stretch>()
  readonly #keys = new WeakMap<readonly string[], string>()

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
    const key = this.#keyOf(zones)
    const kept = this.#ofZones.get(key)
    if (kept && holds(kept, now)) return kept
    // The table of a number's zones may be newer than the zones of this Node: one that it lacks cannot be asked.
    const usable = zones.filter((it) => this.#clock(it).valid)
    const found = this.#inAll(usable.length > 0 ? usable : [this.#fallback], now, this.#hours)
    this.#ofZones.set(key, found)
    return found
  }

  /** A country's zones come as the same list each time, and to join thirty names takes longer than all the rest. */
  #keyOf(zones: readonly string[]): string {
    let key = this.#keys.get(zones)
    if (key === undefined) {
      key = zones.join()
      this.#keys.set(zones, key)
    }
    return key
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
    const found = stretchOn(this.#clock(name), now, hours)
    this.#ofZone.set(name, found)
    return found
  }

  #clock(name: string): ZoneClock {
    let clock = this.#clocks.get(name)
    if (!clock) {
      clock = new ZoneClock(name)
      this.#clocks.set(name, clock)
    }
    return clock
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
    throw new WaqtorError(
      'WAQ_INPUT_INVALID',
      `sending hours cannot begin or end at '${text.slice(0, 20)}'; write '09:00'`,
    )
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
 * Open is what the clock on the wall shows: where it is put forward over an edge the edge comes at that moment, and where it
 * is put back over one, the hours begin or end twice.
 */
function stretchOn(clock: ZoneClock, now: number, hours: Hours): Stretch {
  let { offset, until } = clock.span(now)
  const open = isOpen(now + offset, hours)
  let at = now
  for (;;) {
    const edge = at + modulo((open ? hours.to : hours.from) - (at + offset), day)
    if (edge < until) return { open, since: now, until: edge }
    at = until
    ;({ offset, until } = clock.span(at))
    if (isOpen(at + offset, hours) !== open) return { open, since: now, until: at }
  }
}

/** @param wall milliseconds on the clock of the zone */
function isOpen(wall: number, { from, to }: Hours): boolean {
  return modulo(wall - from, day) < modulo(to - from, day)
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
