import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Breaker, breakerLimits, type Opening } from './breaker.ts'

const { restMs, windowMs, openingsWindowMs } = breakerLimits

/** Fails so often at one time; answers what that led to. */
const fail = (breaker: Breaker, times: number, now: number): (Opening | undefined)[] =>
  Array.from({ length: times }, () => breaker.failed(now))

describe('F4: the breaker', () => {
  it('opens at the fifth failure within a minute, and at none that is spread out', () => {
    const breaker = new Breaker()
    expect(fail(breaker, 4, 0)).toEqual([undefined, undefined, undefined, undefined])
    expect(breaker.lets(1)).toBe(true)
    expect(breaker.failed(windowMs - 1)).toBe('rests')
    expect(breaker.lets(windowMs)).toBe(false)

    const slow = new Breaker()
    for (let i = 0; i < 100; i++) expect(slow.failed((i * windowMs) / 4)).toBe(undefined)
  })

  it('tries one call after half a minute, which closes it or opens it again', () => {
    const breaker = new Breaker()
    fail(breaker, 5, 0)
    expect([breaker.lets(restMs - 1), breaker.lets(restMs), breaker.lets(restMs)]).toEqual([false, true, false])
    breaker.succeeded()
    expect([breaker.lets(restMs), breaker.lets(restMs)]).toEqual([true, true])
    // The failures before count no more.
    expect(fail(breaker, 5, restMs)).toEqual([undefined, undefined, undefined, undefined, 'rests'])
    expect(breaker.lets(2 * restMs)).toBe(true)
    expect(breaker.failed(2 * restMs)).toBe('off')
  })

  it('opens for good the third time within an hour', () => {
    const breaker = new Breaker()
    fail(breaker, 5, 0)
    breaker.lets(restMs)
    expect(breaker.failed(restMs)).toBe('rests')
    breaker.lets(2 * restMs)
    expect(breaker.failed(2 * restMs)).toBe('off')
    breaker.succeeded()
    expect([breaker.lets(1e12), breaker.failed(1e12)]).toEqual([false, undefined])
  })

  it('forgets openings of long ago', () => {
    const breaker = new Breaker()
    for (let i = 0; i < 20; i++) {
      const now = (i * openingsWindowMs) / 2
      expect(fail(breaker, 5, now).at(-1)).toBe('rests')
      breaker.lets(now + restMs)
      breaker.succeeded()
    }
  })

  it('tries another call when one never ends', () => {
    const breaker = new Breaker()
    fail(breaker, 5, 0)
    expect([restMs, restMs + 1, 2 * restMs, 2 * restMs + 1].map((it) => breaker.lets(it))).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it('takes no notice of calls that began before it opened', () => {
    const breaker = new Breaker()
    fail(breaker, 5, 0)
    expect(breaker.failed(1)).toBe(undefined)
    breaker.succeeded()
    expect(breaker.lets(2)).toBe(false)
    expect(breaker.lets(restMs)).toBe(true)
  })

  it('lets through at most one call of half a minute once it has opened, whatever happens', () => {
    const step = fc.record({ after: fc.nat(restMs), ends: fc.constantFrom('well', 'badly', 'never') })
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 200 }), (steps) => {
        const breaker = new Breaker()
        let now = 0
        let openings = 0
        for (const { after, ends } of steps) {
          now += after
          if (!breaker.lets(now)) continue
          if (ends === 'well') breaker.succeeded()
          if (ends === 'badly' && breaker.failed(now) !== undefined) {
            openings++
            expect(breaker.lets(now + restMs - 1)).toBe(false)
          }
        }
        // 200 steps are less than two hours.
        expect(openings).toBeLessThanOrEqual(2 * breakerLimits.openings)
      }),
    )
  })
})
