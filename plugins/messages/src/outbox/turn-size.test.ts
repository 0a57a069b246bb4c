import { expect, it } from 'vitest'
import { TurnSize } from './turn-size.ts'

/** Takes full turns on a machine where a row costs this much. */
function after(turns: number, rowMs: number, size = new TurnSize()): TurnSize {
  for (let i = 0; i < turns; i++) size.took(size.rows, size.rows * rowMs)
  return size
}

it('settles where a turn takes eight milliseconds, on a quick machine and on a slow one', () => {
  expect(after(40, 0.04).rows).toBe(199)
  expect(after(40, 0.2).rows).toBe(40)
})

it('follows a machine that becomes busy, and comes back', () => {
  const size = after(40, 0.04)
  expect(after(10, 0.2, size).rows).toBeLessThan(50)
  expect(after(40, 0.04, size).rows).toBeGreaterThan(190)
})

it('is never so small that nothing gets done, nor without an end', () => {
  expect(after(40, 60).rows).toBe(25)
  expect(after(40, 0.000_001).rows).toBe(1_000)
})

it('learns nothing from turns of a few rows', () => {
  const size = new TurnSize()
  for (let i = 0; i < 40; i++) size.took(1, 5)
  expect(size.rows).toBe(100)
})
