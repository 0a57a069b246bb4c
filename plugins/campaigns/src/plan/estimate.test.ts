import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EstimateInput, estimate } from './estimate.ts'
import { HoursBook } from './hours.ts'
import { dayMs, hourMs, minuteOf } from './pace.ts'
import { warmUpDefaults } from './warm-up.ts'

const now = Date.parse('2026-03-02T12:00:00Z')
const shown = (ms: number) => new Date(ms).toISOString().slice(0, 16)
const base = { now, inFlight: 1, gapMs: 0, sendMs: 1, fallbackZone: 'UTC' }
const people = (count: number, strangers = 0) => [{ zones: [], count, strangers }]
const told = (input: Partial<EstimateInput> & Pick<EstimateInput, 'groups'>) => {
  const { startsAt, finishesAt, limitedBy } = estimate({ ...base, ...input })
  return [shown(startsAt), shown(finishesAt), limitedBy]
}
const officeHours = { from: '09:00', to: '17:00', zone: 'recipient' }

describe('the expected end of a campaign', () => {
  it('is now when nobody is left', () => {
    expect(estimate({ ...base, groups: [] })).toEqual({
      startsAt: now,
      finishesAt: now,
      tooLate: 0,
      limitedBy: 'speed',
    })
  })

  it('follows from the speed of the transport, or from the gap where that is longer', () => {
    expect(told({ groups: people(3_600_000) })).toEqual(['2026-03-02T12:00', '2026-03-02T13:00', 'speed'])
    expect(told({ groups: people(3_600_000), inFlight: 2 })[1]).toBe('2026-03-02T12:30')
    expect(told({ groups: people(60), gapMs: 20_000, gapMaxMs: 100_000 })).toEqual([
      '2026-03-02T12:00',
      '2026-03-02T13:00',
      'gap',
    ])
  })

  it('begins when it is scheduled', () => {
    expect(told({ groups: people(1), startAt: now + hourMs })[0]).toBe('2026-03-02T13:00')
    expect(told({ groups: people(1), startAt: now - hourMs })[0]).toBe('2026-03-02T12:00')
  })

  it('is at the latest when it is not valid any more, and tells for how many that is too early', () => {
    const until = (validUntil: number, more: Partial<EstimateInput> = {}) => {
      const { finishesAt, tooLate } = estimate({ ...base, groups: people(60), gapMs: 60_000, validUntil, ...more })
      return [shown(finishesAt), tooLate]
    }
    expect(until(now + 2 * hourMs)).toEqual(['2026-03-02T13:00', 0])
    expect(until(now + hourMs)).toEqual(['2026-03-02T13:00', 0])
    expect(until(now + hourMs / 2)).toEqual(['2026-03-02T12:30', 30])
    // Whoever is the first goes at once.
    expect(until(now + 1_000)).toEqual(['2026-03-02T12:00', 59])
    expect(until(now - 1_000)).toEqual(['2026-03-02T12:00', 60])
    expect(until(now + hourMs, { startAt: now + hourMs / 2 })).toEqual(['2026-03-02T13:00', 30])
    expect(until(now + dayMs, { caps: { perDay: 10 } })).toEqual(['2026-03-03T12:00', 50])
    // Far beyond the days that are looked at one by one.
    const [, late] = until(now + 50 * dayMs, { groups: people(1_000), caps: { perDay: 10 } })
    expect(late).toBeGreaterThan(480)
    expect(late).toBeLessThan(520)
  })

  it('counts the strangers who are too late for the warm-up', () => {
    const warmUp = { settings: warmUpDefaults, history: [], zone: 'UTC' }
    const validUntil = now + 6 * hourMs
    expect(estimate({ ...base, groups: people(100, 50), warmUp, validUntil })).toMatchObject({
      finishesAt: validUntil,
      tooLate: 30,
      limitedBy: 'warmUp',
    })
  })

  it('waits for the hours of each zone', () => {
    const groups = [
      { zones: ['Asia/Riyadh'], count: 10 },
      { zones: ['America/New_York'], count: 10 },
    ]
    expect(told({ groups, hours: officeHours })).toEqual(['2026-03-02T12:00', '2026-03-02T14:00', 'hours'])
    const night = Date.parse('2026-03-02T22:30:00Z')
    expect(told({ groups, hours: officeHours, now: night })).toEqual(['2026-03-03T06:00', '2026-03-03T14:00', 'hours'])
  })

  it('goes on the next day with what the hours leave over', () => {
    const hours = { ...officeHours, zone: 'UTC' }
    expect(told({ groups: people(360), gapMs: 60_000, hours })).toEqual([
      '2026-03-02T12:00',
      '2026-03-03T10:00',
      'hours',
    ])
  })

  it('counts windows of the caps, with what has been sent in them', () => {
    expect(told({ groups: people(250), caps: { perHour: 100 } })).toEqual([
      '2026-03-02T12:00',
      '2026-03-02T14:00',
      'perHour',
    ])
    expect(told({ groups: people(250), caps: { perHour: 100, perDay: 100 } })).toEqual([
      '2026-03-02T12:00',
      '2026-03-04T12:00',
      'perDay',
    ])
    const sent = [{ minute: minuteOf(now) - 31, n: 100 }]
    expect(told({ groups: people(150), caps: { perHour: 100 }, sent })).toEqual([
      '2026-03-02T12:30',
      '2026-03-02T13:30',
      'perHour',
    ])
  })

  it('waits for the warm-up, where there are strangers', () => {
    const warmUp = { settings: warmUpDefaults, history: [{ day: '2026-03-02', n: 15 }], zone: 'Asia/Riyadh' }
    expect(told({ groups: people(1_000), warmUp })[2]).toBe('speed')
    // 5 today, then 30 and 45: the days of Riyadh begin at nine in the evening.
    expect(told({ groups: people(1_000, 80), warmUp })).toEqual(['2026-03-02T12:00', '2026-03-03T21:00', 'warmUp'])
    const used = { ...warmUp, history: [{ day: '2026-03-02', n: 20 }] }
    expect(told({ groups: people(30, 30), warmUp: used })).toEqual(['2026-03-02T21:00', '2026-03-02T21:00', 'warmUp'])
    expect(told({ groups: people(31, 30), warmUp: used })[0]).toBe('2026-03-02T12:00')
  })

  it('is told for hours that are a few minutes a day', () => {
    const hours = { from: '02:15', to: '02:20', zone: 'Europe/Berlin' }
    const groups = [...people(1_000), { zones: ['Asia/Riyadh'], count: 0 }]
    const { finishesAt, limitedBy } = estimate({ ...base, groups, gapMs: 60_000, hours })
    expect([(finishesAt - now) / dayMs, limitedBy]).toEqual([expect.closeTo(200, -1), 'hours'])
  })

  it('is told for years ahead as well', () => {
    const year = 365 * dayMs
    const capped = estimate({ ...base, groups: people(1_000_000), caps: { perDay: 1_000 }, hours: officeHours })
    expect((capped.finishesAt - now) / year).toBeCloseTo(1_000 / 365, 1)
    const warmUp = { settings: warmUpDefaults, history: [], zone: 'UTC' }
    const strangers = estimate({ ...base, groups: people(100_000, 100_000), warmUp })
    expect((strangers.finishesAt - now) / dayMs).toBeGreaterThan(395)
    expect((strangers.finishesAt - now) / dayMs).toBeLessThan(410)
  })
})

const zones = fc.constantFrom(
  [],
  ['Asia/Riyadh'],
  ['Europe/Berlin'],
  ['America/New_York', 'America/Los_Angeles'],
  ['Asia/Kathmandu'],
  ['Pacific/Auckland'],
)
const count = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 1_000_000 }))
const group = fc
  .record({ zones, known: count, strangers: fc.integer({ min: 0, max: 3_000 }) })
  .map((it) => ({ zones: it.zones, strangers: it.strangers, count: it.known + it.strangers }))
const time = fc.constantFrom('00:00', '06:15', '09:00', '12:00', '17:30', '20:00', '23:45')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const input: fc.Arbitrary<EstimateInput> = fc.record({
  now: fc.integer({ min: now, max: now + 365 * dayMs }),
  startAt: maybe(fc.integer({ min: now, max: now + 400 * dayMs })),
  groups: fc.array(group, { minLength: 1, maxLength: 5 }),
  inFlight: fc.integer({ min: 1, max: 50 }),
  gapMs: fc.constantFrom(0, 7, 1_000, 45_000),
  gapMaxMs: maybe(fc.constantFrom(1_000, 90_000)),
  sendMs: fc.constantFrom(0, 1, 333, 2_000),
  caps: fc.record({
    perHour: maybe(fc.integer({ min: 1, max: 5_000 })),
    perDay: maybe(fc.integer({ min: 1, max: 50_000 })),
  }),
  sent: fc.array(
    fc.record({
      minute: fc.integer({ min: minuteOf(now) - 1_500, max: minuteOf(now) }),
      n: fc.integer({ min: 1, max: 500 }),
    }),
    { maxLength: 5 },
  ),
  hours: maybe(fc.record({ from: time, to: time, zone: fc.constantFrom('recipient', 'recipient', 'Europe/Berlin') })),
  fallbackZone: fc.constant('Africa/Cairo'),
  warmUp: maybe(
    fc
      .constantFrom(warmUpDefaults, { firstDay: 3, growth: 1.1, most: 10_000 })
      .map((settings) => ({ settings, history: [], zone: 'Asia/Riyadh' })),
  ),
})

describe('an estimate', () => {
  it('is never earlier with more recipients', () => {
    const more = fc.record({
      at: fc.nat(),
      known: fc.oneof(fc.constant(0), fc.constant(1), count),
      strangers: fc.constantFrom(0, 1, 50, 1_000),
    })
    fc.assert(
      fc.property(input, more, (given, { at, known, strangers }) => {
        const grown = given.groups.map((it, i) =>
          i === at % given.groups.length
            ? { ...it, count: it.count + known + strangers, strangers: it.strangers! + strangers }
            : it,
        )
        const before = estimate(given).finishesAt
        // A millisecond for what fractions of messages lose in rounding.
        expect(estimate({ ...given, groups: grown }).finishesAt).toBeGreaterThanOrEqual(before - 1)
      }),
      { numRuns: 250 },
    )
  })

  it('is never earlier than the pace, the caps and the hours allow', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { startsAt, finishesAt } = estimate(given)
        const { caps = {}, gapMs, gapMaxMs = gapMs, groups, hours, fallbackZone } = given
        const from = Math.max(given.now, given.startAt ?? 0)
        const total = groups.reduce((sum, it) => sum + it.count, 0)
        const each = Math.max((gapMs + Math.max(gapMs, gapMaxMs)) / 2, given.sendMs / given.inFlight)
        const windows = (cap = Number.POSITIVE_INFINITY) => Math.max(0, Math.ceil(total / cap) - 2)
        expect(startsAt).toBeGreaterThanOrEqual(from)
        expect(finishesAt).toBeGreaterThanOrEqual(startsAt)
        expect(finishesAt).toBeGreaterThanOrEqual(from + total * each - 1)
        expect(finishesAt).toBeGreaterThanOrEqual(from + windows(caps.perHour) * hourMs - 1)
        expect(finishesAt).toBeGreaterThanOrEqual(from + windows(caps.perDay) * dayMs - 1)
        if (!hours) return
        const book = new HoursBook(hours, fallbackZone)
        for (const it of groups)
          if (it.count > 0) expect(finishesAt).toBeGreaterThanOrEqual(book.nextOpening(it.zones, from))
      }),
      { numRuns: 250 },
    )
  })
})
