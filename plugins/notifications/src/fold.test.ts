import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Fold, fold } from './fold.ts'

const MINUTE = 60_000
const start = 1_700_000_000_000

/** Feeds moments (in minutes), and answers those at which something was told. */
function told(minutes: readonly number[], foldMs = 10 * MINUTE): number[] {
  let known: Fold | undefined
  return minutes.filter((minute) => {
    const { tell, next } = fold(known, start + minute * MINUTE, foldMs)
    known = next
    return tell
  })
}

test('the first one is told, and those of the next ten minutes are not', () => {
  expect(told([0, 1, 5, 9])).toEqual([0])
})

test('what goes on and on is told twice as rarely each time', () => {
  expect(told(Array.from({ length: 300 }, (_, i) => i))).toEqual([0, 10, 30, 70, 150, 270])
})

test('after a rest it is news again', () => {
  expect(told([0, 10, 12, 30, 200, 205, 210])).toEqual([0, 10, 30, 200, 210])
})

test('it counts what was not told', () => {
  let known: Fold | undefined
  for (const minute of [0, 1, 2, 3]) known = fold(known, start + minute * MINUTE, 10 * MINUTE).next
  expect(known).toMatchObject({ untold: 3, times: 1 })
})

test('without a pause everything is told', () => {
  expect(told([0, 0, 1, 1], 0)).toEqual([0, 0, 1, 1])
})

test('a clock that was set back silences nothing', () => {
  expect(told([600, 0, 1, 11])).toEqual([600, 0, 11])
})

test('however they come, at least one in two hours of trouble is told, and nothing is counted that did not come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 200 }), (gaps) => {
      let known: Fold | undefined
      let now = start
      let lastTold = Number.NEGATIVE_INFINITY
      let silent = 0
      for (const gap of gaps) {
        now += gap * MINUTE
        const { tell, next } = fold(known, now, 10 * MINUTE)
        if (tell) {
          lastTold = now
          silent = 0
        } else silent++
        expect(now - lastTold).toBeLessThan(120 * MINUTE)
        expect(next.untold).toBe(silent)
        known = next
      }
    }),
  )
})
