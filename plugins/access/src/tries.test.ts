import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EVER, isBlocked, mayTry, noTries, PER_DAY, raised, succeeded, type Tries, waitMs, waitUntil } from './tries.ts'

const MINUTE = 60_000
const DAY = 86_400_000

function failed(times: number, at: number): Tries {
  let tries = noTries
  for (let i = 0; i < times; i++) tries = raised(tries, at)
  return tries
}

describe('the wait after wrong codes', () => {
  it('begins after five in a row, doubles, and is an hour at most', () => {
    expect([0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99].map((it) => waitMs(it) / MINUTE)).toEqual([
      0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60,
    ])
  })

  it('ends on the millisecond', () => {
    const tries = failed(5, 1_000)
    expect(waitUntil(tries, 1_001)).toBe(1_000 + MINUTE)
    expect(mayTry(tries, 999 + MINUTE)).toBe(false)
    expect(mayTry(tries, 1_000 + MINUTE)).toBe(true)
  })

  it('is over with the first right code, though the tries of the day stay counted', () => {
    const right = succeeded(failed(5, 0))
    expect(right).toEqual({ failures: 0, lastAt: 0, recent: [0, 0, 0, 0, 0] })
    expect(mayTry(right, 1)).toBe(true)
  })
})

it('a hundred wrong codes without a right one block for good', () => {
  const tries = failed(EVER, 0)
  expect(isBlocked(tries)).toBe(true)
  expect(mayTry(tries, 365 * DAY)).toBe(false)
  expect(mayTry(failed(EVER - 1, 0), 365 * DAY)).toBe(true)
})

it('whatever the times and outcomes: 25 a day at most, and 100 wrong ones in a row', () => {
  const step = fc.record({ after: fc.integer({ min: 0, max: 2 * 3_600_000 }), right: fc.boolean(), burst: fc.nat(8) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.boolean(), (steps, everRight) => {
      let tries = noTries
      let now = 1_000_000
      let inARow = 0
      const evaluated: number[] = []
      for (const { after, right, burst } of steps) {
        now += after
        for (let i = 0; i <= burst; i++) {
          if (!mayTry(tries, now)) continue
          tries = raised(tries, now)
          evaluated.push(now)
          inARow++
          if (!right || !everRight) continue
          tries = succeeded(tries)
          inARow = 0
        }
        expect(inARow).toBeLessThanOrEqual(EVER)
      }
      for (const start of evaluated) {
        const within = evaluated.filter((it) => it >= start && it < start + DAY)
        expect(within.length).toBeLessThanOrEqual(PER_DAY)
      }
    }),
  )
})
