import { expect, it } from 'vitest'
import { backOff } from './back-off.ts'

it('doubles from about a second to five minutes, and stays there', () => {
  expect([1, 2, 3, 4].map((it) => backOff(it, 1))).toEqual([1_000, 2_000, 4_000, 8_000])
  expect(backOff(1, 0)).toBe(500)
  expect(backOff(30, 1)).toBe(300_000)
  expect(backOff(10_000, 0)).toBe(150_000)
})
