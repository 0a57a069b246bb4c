import { describe, expect, it } from 'vitest'
import { ErrorWindow } from './error-window.ts'

const feed = (results: readonly boolean[]) => {
  const window = new ErrorWindow()
  return results.map((it) => window.add(it)).findIndex((it) => it !== undefined)
}

describe('ErrorWindow', () => {
  it('stops at the fifth error in a row, and not at the fourth', () => {
    expect(feed([false, false, false, false, true, false, false, false, false])).toBe(-1)
    expect(feed([true, false, false, false, false, false])).toBe(5)
  })

  it('stops when more than a tenth of the last fifty failed', () => {
    const one = [...Array<boolean>(9).fill(true), false]
    expect(feed([...one, ...one, ...one, ...one, ...one, ...one, ...one])).toBe(-1)
    const two = [...Array<boolean>(7).fill(true), false]
    expect(feed(Array.from({ length: 10 }, () => two).flat())).toBe(49)
  })

  it('looks only at the last fifty', () => {
    expect(feed([...Array<boolean>(200).fill(true), false, true, false, true, false, true])).toBe(-1)
  })
})
