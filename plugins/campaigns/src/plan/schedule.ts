import { WaqtorError } from '@waqtor/kernel'
import { luxon } from './luxon.ts'
import { isZone } from './sending-hours.ts'

const written = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,3})?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i

/**
 * When a campaign is to start, in milliseconds since 1970 (UTC). Where the clocks are put back and a local time comes twice,
 * the first one is meant.
 * @param input a time with its offset, `2026-12-24T09:00:00+03:00`, or a local one, `2026-12-24T09:00`
 * @param zone IANA zone of a local time; not used for one with an offset
 * @throws WaqtorError WAQ_INPUT_INVALID with what to write instead
 * @example parseScheduleAt('2026-12-24T09:00', 'Asia/Riyadh')
 */
export function parseScheduleAt(input: string, zone?: string): number {
  const match = written.exec(input)
  if (!match) throw refused(input, "is no time; write '2026-12-24T09:00:00+03:00', or '2026-12-24T09:00' and a zone")
  const iso = input.toUpperCase().replace(' ', 'T')
  return match[1] === undefined ? parseLocal(input, iso, zone) : parseAbsolute(input, iso)
}

function parseAbsolute(input: string, iso: string): number {
  const time = luxon().DateTime.fromISO(iso, { setZone: true })
  if (!time.isValid) throw refused(input, 'is no time of the calendar; write a day and an hour that there are')
  return time.toMillis()
}

function parseLocal(input: string, iso: string, zone: string | undefined): number {
  if (zone === undefined)
    throw refused(input, `has no zone; add one such as 'Asia/Riyadh', or write the offset behind it: '${iso}+03:00'`)
  if (!isZone(zone))
    throw refused(input, `is in the zone '${zone.slice(0, 80)}', which is not known; write one such as 'Asia/Riyadh'`)
  const { DateTime } = luxon()
  const time = DateTime.fromISO(iso, { zone })
  if (!time.isValid) throw refused(input, 'is no time of the calendar; write a day and an hour that there are')
  // A time that the clocks leave out comes back as another one.
  if (time.toMillis() + time.offset * 60_000 !== DateTime.fromISO(iso, { zone: 'utc' }).toMillis()) {
    const instead = time.toFormat("yyyy-MM-dd'T'HH:mm")
    throw refused(
      input,
      `does not exist in '${zone}', where the clocks are put forward over it; write '${instead}' instead`,
    )
  }
  return Math.min(...time.getPossibleOffsets().map((it) => it.toMillis()))
}

function refused(input: string, message: string): WaqtorError {
  return new WaqtorError('WAQ_INPUT_INVALID', `'scheduleAt' '${input.slice(0, 80)}' ${message}`, {
    details: { errors: [{ path: 'scheduleAt', message }] },
  })
}

/** What becomes of a campaign that could not start in time, for the host was off. */
export type Late = 'ask' | 'send' | 'skip'

export interface Due {
  /** Milliseconds since 1970 (UTC), as are all moments here. */
  readonly scheduleAt: number
  /** The time that may be believed: see `ClockWatch`. */
  readonly now: number
  readonly late: Late
  /** From when on it counts as late. */
  readonly lateAfterMs: number
}

/** What to do with a scheduled campaign. `ask`: a person decides whether it still makes sense. */
export function dueDecision({ scheduleAt, now, late, lateAfterMs }: Due): 'wait' | 'start' | 'ask' | 'skip' {
  if (now < scheduleAt) return 'wait'
  if (now - scheduleAt <= lateAfterMs || late === 'send') return 'start'
  return late
}
