import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueDecision, parseScheduleAt } from './schedule.ts'

const refused = (text: string) =>
  expect.objectContaining({ code: 'WAQ_INPUT_INVALID', status: 400, message: expect.stringContaining(text) })
const shown = (ms: number) => new Date(ms).toISOString()

describe('the time at which a campaign is to start', () => {
  it.each([
    ['2026-12-24T09:00:00+03:00', undefined, '2026-12-24T06:00:00.000Z'],
    ['2026-12-24T09:00+0300', 'America/New_York', '2026-12-24T06:00:00.000Z'],
    ['2026-12-24 09:00:00.5z', undefined, '2026-12-24T09:00:00.500Z'],
    ['2026-12-24T09:00', 'Asia/Riyadh', '2026-12-24T06:00:00.000Z'],
    ['2026-07-24T09:00:30', 'Europe/Berlin', '2026-07-24T07:00:30.000Z'],
    ['2028-02-29T00:00', 'UTC', '2028-02-29T00:00:00.000Z'],
  ])('may be written as %s in %s', (input, zone, time) => {
    expect(shown(parseScheduleAt(input, zone))).toBe(time)
  })

  it('is the first of two, where the clocks are put back', () => {
    expect(shown(parseScheduleAt('2026-10-25T02:30', 'Europe/Berlin'))).toBe('2026-10-25T00:30:00.000Z')
    expect(shown(parseScheduleAt('2026-11-01T01:00', 'America/New_York'))).toBe('2026-11-01T05:00:00.000Z')
    expect(shown(parseScheduleAt('2026-04-05T01:45', 'Australia/Lord_Howe'))).toBe('2026-04-04T14:45:00.000Z')
  })

  it('is refused where the clocks are put forward over it, with the time to write instead', () => {
    expect(() => parseScheduleAt('2026-03-29T02:30', 'Europe/Berlin')).toThrow(refused("write '2026-03-29T03:30'"))
    expect(() => parseScheduleAt('2026-04-24T00:00', 'Africa/Cairo')).toThrow(refused("write '2026-04-24T01:00'"))
    expect(() => parseScheduleAt('2011-12-30T12:00', 'Pacific/Apia')).toThrow(refused('does not exist'))
  })

  it.each([
    ['2026-12-24T09:00', undefined, "add one such as 'Asia/Riyadh'"],
    ['2026-12-24T09:00', 'Mars/Olympus', "'Mars/Olympus'"],
    ['2026-12-24T09:00', '+03:00', "'+03:00'"],
    ['2026-02-30T09:00', 'UTC', 'no time of the calendar'],
    ['2026-02-29T09:00Z', undefined, 'no time of the calendar'],
    ['2026-12-24T25:00Z', undefined, 'no time of the calendar'],
    ['2026-12-24T09:00+15:00', undefined, 'is no time;'],
    ['2026-12-24', 'UTC', 'is no time;'],
    ['tomorrow', 'UTC', 'is no time;'],
    ['', 'UTC', 'is no time;'],
    ['1798102800000', 'UTC', 'is no time;'],
    ['2026-W52-4T09:00', 'UTC', 'is no time;'],
    ['2026-12-24T09:00\n', 'UTC', 'is no time;'],
  ])('is refused when it is written as %j in %s', (input, zone, text) => {
    expect(() => parseScheduleAt(input, zone)).toThrow(refused(text))
  })

  it('is what the clock of the zone shows then, or an error', () => {
    const zones = ['Europe/Berlin', 'Africa/Cairo', 'America/Havana', 'Australia/Lord_Howe', 'America/St_Johns']
    const minutes = { min: Date.parse('2024-01-01T00:00Z') / 60_000, max: Date.parse('2028-01-01T00:00Z') / 60_000 }
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(minutes), (zone, minute) => {
        const options = { timeZone: zone, dateStyle: 'short', timeStyle: 'short' } as const
        const clock = new Intl.DateTimeFormat('sv-SE', options)
        const local = clock.format(minute * 60_000)
        const time = parseScheduleAt(local, zone)
        expect(clock.format(time)).toBe(local)
        expect(time).toBeLessThanOrEqual(minute * 60_000)
      }),
    )
  })

  it('is a number or an error with a code, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (input, zone) => {
        try {
          expect(Number.isInteger(parseScheduleAt(input, zone))).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'WAQ_INPUT_INVALID' })
        }
      }),
    )
  })
})

describe('a scheduled campaign', () => {
  const decide = (now: number, late: 'ask' | 'send' | 'skip') =>
    dueDecision({ scheduleAt: 10_000, now, late, lateAfterMs: 500 })

  it('waits for its time and starts within reason', () => {
    for (const late of ['ask', 'send', 'skip'] as const) {
      expect([9_999, 10_000, 10_500].map((now) => decide(now, late))).toEqual(['wait', 'start', 'start'])
    }
  })

  it('does what was chosen when it is late', () => {
    expect(decide(10_501, 'ask')).toBe('ask')
    expect(decide(10_501, 'skip')).toBe('skip')
    expect(decide(10_501, 'send')).toBe('start')
  })
})
