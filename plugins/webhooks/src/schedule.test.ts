import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge, type Outcome, RETRY_DELAYS_MS, retryAfter } from './schedule.ts'

const DAY_MS = 86_400_000
const failed: Outcome = { at: 1_000, durationMs: 5, statusCode: 500, problem: 'the receiver answered 500' }
const even = { delays: RETRY_DELAYS_MS, random: 0.5 }

describe('judge', () => {
  it('knows a delivery that was taken', () => {
    expect(judge({ ...failed, statusCode: 204, problem: null }, 1, even, 2_000)).toEqual({ state: 'delivered' })
  })

  it('spreads eleven attempts over about three days', () => {
    const delays = RETRY_DELAYS_MS.map((_, index) => judge(failed, index + 1, even, 0))
    expect(delays.map((it) => it.state === 'pending' && it.dueAt)).toEqual([...RETRY_DELAYS_MS])
    expect(judge(failed, RETRY_DELAYS_MS.length + 1, even, 0)).toEqual({ state: 'dead', gone: false })
    const whole = RETRY_DELAYS_MS.reduce((sum, it) => sum + it, 0) / DAY_MS
    expect(whole).toBeGreaterThan(3)
    expect(whole).toBeLessThan(4)
  })

  it('leaves a tenth either way to chance', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(9), (random, index) => {
        const verdict = judge(failed, index + 1, { delays: RETRY_DELAYS_MS, random }, 7)
        const delay = RETRY_DELAYS_MS[index]!
        const waited = verdict.state === 'pending' ? verdict.dueAt - 7 : 0
        expect(waited).toBeGreaterThanOrEqual(delay * 0.9 - 1)
        expect(waited).toBeLessThanOrEqual(delay * 1.1 + 1)
      }),
    )
  })

  it('is as patient as the receiver asks, up to a day, and never hastier than planned', () => {
    const wait = (retryAfterMs: number) => {
      const verdict = judge({ ...failed, statusCode: 429, retryAfterMs }, 1, even, 0)
      return verdict.state === 'pending' && verdict.dueAt
    }
    expect([wait(30_000), wait(1), wait(10 * DAY_MS)]).toEqual([30_000, 5_000, DAY_MS])
  })

  it('takes 410 for good-bye', () => {
    expect(judge({ ...failed, statusCode: 410 }, 1, even, 0)).toEqual({ state: 'dead', gone: true })
  })
})

describe('retryAfter', () => {
  const now = Date.UTC(2026, 10, 29, 12)
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 29 Nov 2026 12:01:00 GMT', 60_000],
    ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['99999999999', undefined],
    ['2026-11-29', undefined],
    [['1', '2'], undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (value, expected) => {
    expect(retryAfter(value, now)).toBe(expected)
  })
})
