import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newId } from './index.ts'

afterEach(() => void vi.useRealTimers())

/** The clock stands still at this time, in milliseconds. */
const at = (time: number) => vi.useFakeTimers({ toFake: ['Date'], now: time })

describe('a new id', () => {
  it('says what it names and when it was made, as the specification of ULIDs writes a time', () => {
    const now = Date.now()
    const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    const id = newId('cmp')
    expect(id).toMatch(/^cmp_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    const time = [...id.slice(4, 14)].reduce((sum, digit) => sum * 32 + digits.indexOf(digit), 0)
    expect(time).toBeGreaterThanOrEqual(now)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  it('always comes after the one before it, whatever the clock does', () => {
    const start = Date.now()
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 2, maxLength: 200 }), (times) => {
        const ids = times.map((time) => {
          at(start + time)
          return newId('it')
        })
        expect(ids).toEqual([...new Set(ids)].sort())
      }),
    )
  })

  it('counts on within a millisecond', () => {
    at(Date.now())
    const ids = Array.from({ length: 5000 }, () => newId('it'))
    expect(ids).toEqual([...new Set(ids)].sort())
  })
})
