import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowance, dayMs, hourMs, minuteOf, type SentMinute, settled } from './pace.ts'

const start = Date.parse('2026-03-01T12:00:30Z')

/** Keeps what was sent as a caller does: a row for each minute, settled as often as something is added. */
function record(sent: readonly SentMinute[], now: number, n: number): SentMinute[] {
  return settled([...sent, { minute: minuteOf(now), n }], now)
}

function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0
  let first = 0
  // Both ends belong to the window: the strictest way to lay it.
  for (let last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! > windowMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const cap = fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined })
const pause = fc.oneof(
  fc.integer({ min: 0, max: 90_000 }),
  fc.integer({ min: 0, max: 2 * hourMs }),
  fc.integer({ min: 0, max: 2 * dayMs }),
)

describe('caps', () => {
  it('hold in every window, wherever it is laid, and however greedy the sending is', () => {
    fc.assert(
      fc.property(
        cap,
        cap,
        fc.array(fc.tuple(pause, fc.integer({ min: 1, max: 100 }), fc.boolean()), { maxLength: 60 }),
        (perHour, perDay, turns) => {
          const times: number[] = []
          let sent: SentMinute[] = []
          let now = start
          for (const [wait, wanted, atRest] of turns) {
            const { restUntil } = allowance({ perHour, perDay }, sent, now)
            now = atRest ? Math.max(now, restUntil) : now + wait
            const n = Math.min(wanted, allowance({ perHour, perDay }, sent, now).allowed)
            for (let i = 0; i < n; i++) times.push(now)
            if (n > 0) sent = record(sent, now, n)
          }
          expect(mostWithin(times, hourMs)).toBeLessThanOrEqual(perHour ?? Number.POSITIVE_INFINITY)
          expect(mostWithin(times, dayMs)).toBeLessThanOrEqual(perDay ?? Number.POSITIVE_INFINITY)
        },
      ),
    )
  })

  it('let one go at the end of a rest, and none before', () => {
    const minutes = fc.array(
      fc.record({
        minute: fc.integer({ min: minuteOf(start) - 1_600, max: minuteOf(start) }),
        n: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(cap, cap, minutes, (perHour, perDay, sent) => {
        const { allowed, restUntil } = allowance({ perHour, perDay }, sent, start)
        if (allowed > 0) expect(restUntil).toBe(start)
        else {
          expect(allowance({ perHour, perDay }, sent, restUntil - 1).allowed).toBe(0)
          expect(allowance({ perHour, perDay }, sent, restUntil).allowed).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('wait for a whole minute to leave the window', () => {
    const sent = [{ minute: minuteOf(start), n: 5 }]
    expect(allowance({ perHour: 6 }, sent, start)).toEqual({ allowed: 1, restUntil: start })
    expect(allowance({ perHour: 5 }, sent, start)).toEqual({ allowed: 0, restUntil: start + 30_000 + hourMs })
    expect(allowance({ perHour: 6, perDay: 5 }, sent, start)).toEqual({ allowed: 0, restUntil: start + 30_000 + dayMs })
  })

  it('allow everything where there are none', () => {
    expect(allowance({}, [{ minute: minuteOf(start), n: 5 }], start)).toEqual({
      allowed: Number.POSITIVE_INFINITY,
      restUntil: start,
    })
  })

  it('rest for as long as it takes after a cap was lowered', () => {
    const sent = [0, 10, 20].map((ago) => ({ minute: minuteOf(start) - ago, n: 4 }))
    expect(allowance({ perHour: 5 }, sent, start).restUntil).toBe(start + 30_000 + hourMs - 10 * 60_000)
  })
})

describe('the minutes that are kept', () => {
  it('are those of a day', () => {
    let sent: SentMinute[] = []
    for (let i = 0; i < 5_000; i++) sent = record(sent, start + i * 60_000, 1)
    expect(sent.length).toBe(1_441)
  })

  it('lose nothing that still counts', () => {
    const sent = fc.array(
      fc.record({
        minute: fc.integer({ min: minuteOf(start) - 1_600, max: minuteOf(start) }),
        n: fc.integer({ min: 1, max: 9 }),
      }),
    )
    fc.assert(
      fc.property(sent, fc.integer({ min: 0, max: 2 * dayMs }), cap, cap, (rows, later, perHour, perDay) => {
        const caps = { perHour, perDay }
        expect(allowance(caps, settled(rows, start), start + later)).toEqual(allowance(caps, rows, start + later))
      }),
    )
  })

  it('do not stop everything for a day when the clock is set back by one', () => {
    const ahead = record([], start + dayMs, 5)
    const kept = settled(ahead, start)
    expect(kept).toEqual([{ minute: minuteOf(start), n: 5 }])
    expect(allowance({ perHour: 5 }, kept, start).restUntil).toBe(start + 30_000 + hourMs)
  })
})
