import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StrangerDay, warmUpAllowance, warmUpDefaults } from './warm-up.ts'

const noon = Date.parse('2026-03-01T12:00:00Z')
const day = 86_400_000
const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const ago = (days: number, n = 1): StrangerDay => ({ day: dayAt(noon - days * day), n })
const allowed = (history: StrangerDay[], now = noon) => warmUpAllowance(warmUpDefaults, history, now, 'UTC').allowed

describe('the warm-up', () => {
  it('begins small, grows with each day that was used, and ends somewhere', () => {
    const history: StrangerDay[] = []
    const days = Array.from({ length: 10 }, (_, i) => {
      const now = noon + i * day
      const today = allowed(history, now)
      history.push({ day: dayAt(now), n: today })
      return today
    })
    expect(days).toEqual([20, 30, 45, 67, 101, 151, 227, 250, 250, 250])
  })

  it('counts what was sent today', () => {
    expect(allowed([ago(1), ago(0, 12)])).toBe(18)
    expect(allowed([ago(0, 25)])).toBe(0)
  })

  it('does not grow on days on which nothing was sent', () => {
    expect(allowed([ago(3), ago(2, 0), ago(1, 0)])).toBe(30)
  })

  it('is set back by half for each week without any, and never below its beginning', () => {
    const grown = Array.from({ length: 10 }, (_, i) => ago(i + 60))
    const after = (days: number) => allowed(grown, noon - 60 * day + days * day)
    expect([1, 7, 8, 14, 15, 22, 29, 60].map(after)).toEqual([250, 250, 125, 125, 62, 31, 20, 20])
  })

  it('counts days that lie in the future since the clock was set back as today', () => {
    expect(allowed([ago(1), ago(-1, 12)])).toBe(18)
  })

  it('has the days of the zone, which end when its calendar turns the leaf', () => {
    const zones = ['UTC', 'Africa/Cairo', 'Asia/Beirut', 'America/Havana', 'America/Santiago', 'Pacific/Apia']
    const twoYears = { min: Date.parse('2025-01-01T00:00:00Z'), max: Date.parse('2027-01-01T00:00:00Z') }
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(twoYears), (zone, now) => {
        const calendar = new Intl.DateTimeFormat('sv-SE', { timeZone: zone })
        const today = warmUpAllowance(warmUpDefaults, [], now, zone)
        expect(today.day).toBe(calendar.format(now))
        expect(calendar.format(today.nextDayAt - 1)).toBe(today.day)
        expect(warmUpAllowance(warmUpDefaults, [], today.nextDayAt, zone).day > today.day).toBe(true)
      }),
      { numRuns: 500 },
    )
    const havana = warmUpAllowance(warmUpDefaults, [], Date.parse('2025-11-01T12:00:00Z'), 'America/Havana')
    expect(new Date(havana.nextDayAt).toISOString()).toBe('2025-11-02T04:00:00.000Z')
    const cairo = warmUpAllowance(warmUpDefaults, [], Date.parse('2026-04-23T20:00:00Z'), 'Africa/Cairo')
    expect(new Date(cairo.nextDayAt).toISOString()).toBe('2026-04-23T22:00:00.000Z')
  })

  it('stays between its beginning and its end, whatever happened', () => {
    const settings = fc.record({
      firstDay: fc.integer({ min: 1, max: 50 }),
      growth: fc.double({ min: 1, max: 4, noNaN: true }),
      most: fc.integer({ min: 1, max: 500 }),
    })
    const days = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 300 })))
    fc.assert(
      fc.property(settings, days, (given, used) => {
        const history = used.map(([before, n]) => ago(before, n))
        const { allowed: today } = warmUpAllowance(given, history, noon, 'UTC')
        expect(today).toBeGreaterThanOrEqual(Math.min(given.firstDay, given.most))
        expect(today).toBeLessThanOrEqual(given.most)
        expect(warmUpAllowance(given, [...history].reverse(), noon, 'UTC').allowed).toBe(today)
      }),
    )
  })
})
