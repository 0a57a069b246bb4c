import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClockWatch } from './clock-watch.ts'
import { dueDecision } from './schedule.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const start = Date.parse('2026-03-01T12:00:00Z')

/** A machine with a wall clock that can be set. */
function machine(watch = new ClockWatch()) {
  let wall = start
  let monotonic = 5_000
  return {
    watch,
    after: (ms: number, jump = 0) => {
      wall += ms + jump
      monotonic += ms
      return { ...watch.look(wall, monotonic), wall, monotonic }
    },
  }
}

describe('a clock', () => {
  it('is believed as it goes, at the first look and when it is set by less than a minute', () => {
    const { after } = machine()
    for (const jump of [0, 0, minute, -minute, 30 * second, 0]) {
      const { now, wall, doubtUntil } = after(10 * second, jump)
      expect({ now, doubtUntil }).toEqual({ now: wall, doubtUntil: undefined })
    }
  })

  it('that jumps forward is believed after two minutes; until then the time goes on from where it was', () => {
    const { after } = machine()
    after(0)
    const jumped = after(second, hour)
    expect(jumped).toMatchObject({ now: start + second, doubtUntil: jumped.monotonic + 2 * minute })
    expect(after(2 * minute - 1).now).toBe(start + second + 2 * minute - 1)
    expect(after(1)).toMatchObject({ now: start + second + 2 * minute + hour, doubtUntil: undefined })
  })

  it('that is set right meanwhile has started nothing', () => {
    const { after } = machine()
    const due = (now: number) => dueDecision({ scheduleAt: start + hour, now, late: 'send', lateAfterMs: minute })
    after(0)
    expect(due(after(second, 24 * hour).now)).toBe('wait')
    expect(due(after(minute).now)).toBe('wait')
    expect(due(after(minute, -24 * hour).now)).toBe('wait')
    expect(due(after(hour).now)).toBe('start')
  })

  it('in doubt still lets start what becomes due by itself', () => {
    const { after } = machine()
    after(0)
    after(second, hour)
    expect(after(minute).now).toBe(start + second + minute)
  })

  it('that jumps again while it is in doubt has to stand anew', () => {
    const { after } = machine()
    after(0)
    after(0, hour)
    after(minute + 59 * second, hour)
    expect(after(2 * minute - 1).now).toBeLessThan(start + hour)
    expect(after(1).now).toBe(start + 2 * hour + 3 * minute + 59 * second)
  })

  it('that jumps to the same wrong time again has to stand again', () => {
    const { after } = machine()
    after(0)
    after(0, hour)
    after(minute, -hour)
    after(5 * minute)
    expect(after(0, hour).now).toBe(start + 6 * minute)
  })

  it('that is set back is followed at once', () => {
    const { after } = machine()
    after(0)
    expect(after(second, -24 * hour)).toMatchObject({ now: start + second - 24 * hour, doubtUntil: undefined })
  })
})

const look = fc.record({
  ms: fc.oneof(fc.integer({ min: 0, max: 30 * second }), fc.integer({ min: 0, max: hour })),
  jump: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -2 * minute, max: 2 * minute }) },
    { weight: 2, arbitrary: fc.integer({ min: -25 * hour, max: 25 * hour }) },
  ),
})

describe('whatever happens to the clock', () => {
  it('is the believed time never later than the wall clock, and never runs ahead without having stood', () => {
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 40 }), (looks) => {
        const { after } = machine()
        const first = after(0)
        const walls = [{ wall: first.wall, monotonic: first.monotonic }]
        let before = first
        for (const { ms, jump } of looks) {
          const seen = after(ms, jump)
          walls.push({ wall: seen.wall, monotonic: seen.monotonic })
          expect(seen.now).toBeLessThanOrEqual(seen.wall)
          if (seen.now - before.now > ms + minute) {
            const stood = walls.filter(
              (it) => Math.abs(it.wall - it.monotonic - (seen.wall - seen.monotonic)) <= 2 * minute,
            )
            expect(seen.monotonic - stood[0]!.monotonic).toBeGreaterThanOrEqual(2 * minute)
          }
          before = seen
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('a jump that is taken back within two minutes never shows', () => {
    const jumps = fc.integer({ min: minute + 1, max: 400 * 24 * hour })
    const within = fc.array(fc.integer({ min: 0, max: 20 * second }), { maxLength: 5 })
    fc.assert(
      fc.property(jumps, within, within, (jump, doubted, later) => {
        const { after } = machine()
        after(0)
        const shown = [
          after(0, jump),
          ...doubted.map((ms) => after(ms)),
          after(0, -jump),
          ...later.map((ms) => after(ms)),
        ]
        for (const { now, monotonic } of shown) expect(now).toBe(start + monotonic - 5_000)
      }),
    )
  })

  it('a clock that goes on evenly is believed after two minutes', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 20 }), (looks) => {
        const { after } = machine()
        after(0)
        for (const { ms, jump } of looks) after(ms, jump)
        after(0)
        const { now, wall } = after(2 * minute)
        expect(now).toBe(wall)
      }),
    )
  })
})
