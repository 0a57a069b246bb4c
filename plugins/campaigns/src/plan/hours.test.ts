import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HoursBook } from './hours.ts'
import { isZone } from './sending-hours.ts'

const minute = 60_000
const hour = 60 * minute
const at = (iso: string) => Date.parse(iso)
const shown = (ms: number) => new Date(ms).toISOString()

const clocks = new Map<string, Intl.DateTimeFormat>()

/** `HH:mm` on the clock of a zone, told by somebody else than the code under test. */
function wallClock(zone: string, ms: number): string {
  let clock = clocks.get(zone)
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    clocks.set(zone, clock)
  }
  return clock.format(ms)
}

function showsOpen(from: string, to: string, zone: string, ms: number): boolean {
  const time = wallClock(zone, ms)
  if (from === to) return true
  return from < to ? from <= time && time < to : time >= from || time < to
}

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Santiago',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Riyadh',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
]

/** The hours in which the clocks of a zone change, from 2024 to 2026; Apia left out a whole day in 2011. */
const changes = zones.flatMap((zone) => {
  const found = zone === 'Pacific/Apia' ? [at('2011-12-30T10:00:00Z')] : []
  const ahead = (ms: number) => `${wallClock(zone, ms)}` !== wallClock(zone, ms - 24 * hour)
  for (let ms = at('2024-01-01T00:00:00Z'); ms < at('2027-01-01T00:00:00Z'); ms += 24 * hour) {
    if (ahead(ms)) found.push(ms - 12 * hour)
  }
  return found.map((around) => ({ zone, around }))
})

const someTime = fc
  .integer({ min: 0, max: 1_439 })
  .map((it) => `${String(Math.floor(it / 60)).padStart(2, '0')}:${String(it % 60).padStart(2, '0')}`)
const nightTime = fc.constantFrom(
  '23:00',
  '23:30',
  '00:00',
  '00:30',
  '01:00',
  '01:45',
  '02:15',
  '02:30',
  '03:00',
  '03:30',
)
const edge = fc.oneof(someTime, nightTime)

describe('the sending hours of one zone', () => {
  it('open at the first minute at which the clock on the wall says so, whenever the clocks change', () => {
    expect(changes.length).toBeGreaterThan(50)
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: -2_160, max: 2_160 }),
        fc.integer({ min: 0, max: 59_999 }),
        edge,
        edge,
        ({ zone, around }, minutes, ms, from, to) => {
          const now = around + minutes * minute + ms
          const opening = new HoursBook({ from, to, zone: 'recipient' }, 'UTC').nextOpening([zone], now)
          let first = now
          while (!showsOpen(from, to, zone, first) && first < now + 48 * hour)
            first = Math.floor(first / minute) * minute + minute
          expect(shown(opening)).toBe(shown(first))
        },
      ),
      { numRuns: 400 },
    )
  })

  it('stay as they are until the end of the stretch, and no longer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: -2_160, max: 2_160 }),
        edge,
        edge,
        ({ zone, around }, minutes, from, to) => {
          fc.pre(from !== to)
          const now = around + minutes * minute
          const { open, until } = new HoursBook({ from, to, zone }, 'UTC').stretch([], now)
          for (let ms = now; ms < until; ms += minute) expect(showsOpen(from, to, zone, ms)).toBe(open)
          expect(showsOpen(from, to, zone, until - 1)).toBe(open)
          expect(showsOpen(from, to, zone, until)).toBe(!open)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('lie in one zone for everybody, where one is named', () => {
    const book = new HoursBook({ from: '09:00', to: '20:00', zone: 'Asia/Riyadh' }, 'UTC')
    expect(shown(book.nextOpening(['America/New_York'], at('2026-03-01T03:00:00Z')))).toBe('2026-03-01T06:00:00.000Z')
  })

  it('lie in the fallback zone for somebody of whom no zone is known, or none that this Node knows', () => {
    const book = new HoursBook({ from: '09:00', to: '20:00', zone: 'recipient' }, 'Asia/Riyadh')
    expect(shown(book.nextOpening([], at('2026-03-01T03:00:00Z')))).toBe('2026-03-01T06:00:00.000Z')
    expect(shown(book.nextOpening(['Mars/Olympus'], at('2026-03-01T03:00:00Z')))).toBe('2026-03-01T06:00:00.000Z')
  })

  it('are the whole day when they end where they begin', () => {
    const book = new HoursBook({ from: '09:00', to: '09:00', zone: 'recipient' }, 'UTC')
    expect(book.stretch(['Asia/Riyadh'], 5)).toMatchObject({ open: true, until: Number.POSITIVE_INFINITY })
  })
})

describe('the sending hours of several zones', () => {
  it('open when it is open in all of them, or in one where it never is in all', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.uniqueArray(fc.constantFrom(...zones), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: -2_160, max: 2_160 }),
        edge,
        edge,
        ({ around, zone }, others, minutes, from, to) => {
          const now = around + minutes * minute
          const all = [zone, ...others]
          const openings = (enough: (open: boolean[]) => boolean) => {
            for (let ms = now; ms <= now + 48 * hour; ms += minute)
              if (enough(all.map((it) => showsOpen(from, to, it, ms)))) return ms
            return undefined
          }
          const wanted = openings((it) => it.every(Boolean)) ?? openings((it) => it.some(Boolean))
          const opening = new HoursBook({ from, to, zone: 'recipient' }, 'UTC').nextOpening(all, now)
          expect(shown(opening)).toBe(shown(wanted!))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('answers from memory as it answers anew, whichever way the time goes', () => {
    const hours = { from: '22:15', to: '07:30', zone: 'recipient' }
    const sets = [['Europe/Berlin'], ['America/New_York', 'America/St_Johns'], [], ['Asia/Tehran', 'Europe/Berlin']]
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.array(fc.tuple(fc.integer({ min: -4_000, max: 4_000 }), fc.constantFrom(...sets)), { maxLength: 40 }),
        ({ around }, questions) => {
          const book = new HoursBook(hours, 'Africa/Cairo')
          for (const [minutes, set] of questions) {
            const now = around + minutes * minute
            expect(book.nextOpening(set, now)).toBe(new HoursBook(hours, 'Africa/Cairo').nextOpening(set, now))
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('do not wait for ever in a country that is wider than they are long', () => {
    const book = new HoursBook({ from: '09:00', to: '17:00', zone: 'recipient' }, 'UTC')
    const russia = ['Europe/Kaliningrad', 'Europe/Moscow', 'Asia/Kamchatka']
    expect(shown(book.nextOpening(russia, at('2026-03-01T20:00:00Z')))).toBe('2026-03-01T21:00:00.000Z')
    expect(shown(book.nextOpening(russia, at('2026-03-01T08:00:00Z')))).toBe('2026-03-01T08:00:00.000Z')
  })
})

describe('hours that nobody could have meant', () => {
  const refused = expect.objectContaining({ code: 'WAQ_INPUT_INVALID', status: 400 })
  it.each([
    ['9:00', '20:00', 'UTC'],
    ['09:00', '24:00', 'UTC'],
    ['09:00', '20:60', 'UTC'],
    ['', '20:00', 'UTC'],
    ['09:00', '20:00', 'Mars/Olympus'],
    ['09:00', '20:00', '+03:00'],
    ['09:00', '20:00', ''],
  ])('are refused: from %s to %s in %s', (from, to, zone) => {
    expect(() => new HoursBook({ from, to, zone }, 'UTC')).toThrow(refused)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, 8.64e15])(
    'are not looked for at %d',
    (now) => {
      const book = new HoursBook({ from: '09:00', to: '20:00', zone: 'recipient' }, 'UTC')
      expect(() => book.nextOpening(['Asia/Riyadh'], now)).toThrow(refused)
    },
  )

  it('knows zones by their names only', () => {
    expect(['UTC', 'Asia/Riyadh', 'Africa/Cairo'].every(isZone)).toBe(true)
    expect(['recipient', '', '+03:00', '-0500', 'Asia', 'Asia/Riyadh ', '\0'].some(isZone)).toBe(false)
  })
})
