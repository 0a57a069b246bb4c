import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateLimit } from './rate-limit.ts'

describe('the rate limit', () => {
  it('lets a burst through, then the steady rate', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 3 })
    expect([0, 0, 0, 0].map((now) => limit.take('a', now))).toEqual([0, 0, 0, 100])
    expect(limit.take('b', 0)).toBe(0)
    expect(limit.take('a', 99)).toBeCloseTo(1)
    expect(limit.take('a', 100)).toBe(0)
    expect(limit.take('a', 100)).toBe(100)
    expect([1_000, 1_000, 1_000].map((now) => limit.take('a', now))).toEqual([0, 0, 0])
  })

  it('never lets more through than the burst and what the rate gives', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (gaps, burst) => {
        const limit = new RateLimit({ perSecond: 10, burst })
        let now = 0
        let passed = 0
        for (const gap of gaps) {
          now += gap
          if (limit.take('a', now) === 0) passed++
        }
        expect(passed).toBeLessThanOrEqual(burst + now / 100 + 1)
      }),
    )
  })

  it('forgets callers that have been quiet, and goes on when none has been', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 })
    for (let i = 0; i < 10_000; i++) limit.take(`quiet-${i}`, 0)
    expect(limit.take('busy', 1_000)).toBe(0)
    expect(limit.take('busy', 1_000)).toBeGreaterThan(0)
    for (let i = 0; i < 10_000; i++) expect(limit.take(`crowd-${i}`, 1_500)).toBe(0)
    expect(limit.take('busy', 1_500)).toBe(0)
    expect(limit.take('crowd-9999', 1_500)).toBeGreaterThan(0)
  })
})
